import { randomBytes } from 'node:crypto'
import { runExample } from '@tiercel/example-runner'
import { tour } from './tour.ts'

const token = randomBytes(12).toString('base64url')

await runExample({
  name: 'koa',
  about: `Koa: a response for each language and each user, which is rolled out and changed while it is used, on all
instances, by the management API.`,
  service: new URL('service.ts', import.meta.url),
  database: 'file',
  environment: { MANAGEMENT_TOKEN: token },
  tour,
  tries: (a, b) => [
    `  curl -i ${a}/ -H 'Accept-Language: de'`,
    `  curl -i ${b}/me -H 'X-User: ada'`,
    `  curl '${a}/cache/responses' -H 'Authorization: Bearer ${token}'`,
    `  curl -X PATCH '${a}/cache/responses?route=welcome' -H 'Authorization: Bearer ${token}' \\`,
    `    -H 'content-type: application/json' -d '{"changes":{"when":{"rollout":0}}}'`,
  ],
})
