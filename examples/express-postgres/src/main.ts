import { runExample } from '@tiercel/example-runner'
import { tour } from './tour.ts'

await runExample({
  name: 'express-postgres',
  about: `Express and PostgreSQL: values and responses from the cache, on two instances that stay coherent,
invalidated by the service's own writes and by what the database says has changed.`,
  service: new URL('service.ts', import.meta.url),
  database: 'postgres',
  tour,
  tries: (a, b) => [
    `  curl -i ${a}/products/1`,
    `  curl -X PUT ${b}/products/1 -H 'content-type: application/json' -d '{"cents":99}'`,
    `  curl -i ${a}/products`,
  ],
})
