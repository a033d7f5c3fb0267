import { randomBytes } from 'node:crypto'
import { runExample } from '@tiercel/example-runner'
import { tour } from './tour.ts'

const token = randomBytes(12).toString('base64url')

await runExample({
  name: 'fastify-tags',
  about: `Fastify: a catalogue whose pages are cached by route and invalidated by tags, with what hangs on them;
a family of keys, metrics for Prometheus, and the management API.`,
  service: new URL('service.ts', import.meta.url),
  database: 'file',
  environment: { MANAGEMENT_TOKEN: token },
  tour,
  tries: (a, b) => [
    `  curl -i ${a}/categories/fruit?list=trade`,
    `  curl -X PUT ${b}/vat -H 'content-type: application/json' -d '{"percent":7}'`,
    `  curl ${a}/metrics`,
    `  curl -H 'Authorization: Bearer ${token}' '${a}/cache/keys'`,
  ],
})
