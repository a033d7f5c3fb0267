import { runExample } from '@tiercel/example-runner'
import { tour } from './tour.ts'

await runExample({
  name: 'hono-fetch',
  about: `Hono, and a handler of Fetch without a framework: what is stale is served at once while it is made anew
behind the reader, and a client that has a response already is told so.`,
  service: new URL('service.ts', import.meta.url),
  database: 'file',
  tour,
  tries: (a, b) => [
    `  curl -i ${a}/rates`,
    `  curl -X PUT ${b}/rates/USD -H 'content-type: application/json' -d '{"rate":1.1}'`,
    `  curl -i ${b}/report`,
  ],
})
