import { runExample } from '@tiercel/example-runner'
import { tour } from './tour.ts'

await runExample({
  name: 'nestjs',
  about: `NestJS: handlers that decorators cache, on two instances, invalidated by tags from the service that knows
what has changed.`,
  // Built by TypeScript, as Nest's decorators have to be: `pnpm build`.
  service: new URL('../dist/service.js', import.meta.url),
  database: 'file',
  tour,
  tries: (a, b) => [
    `  curl -i ${a}/customers/ada/orders`,
    `  curl -X PATCH ${b}/orders/1 -H 'content-type: application/json' -d '{"state":"paid"}'`,
  ],
})
