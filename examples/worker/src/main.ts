import { runExample } from '@tiercel/example-runner'
import { tour } from './tour.ts'

await runExample({
  name: 'worker',
  about: `A worker that writes behind: page views are acknowledged once Redis has them in its queue, and reach the
database in batches. An instance that is killed loses none of them.`,
  service: new URL('service.ts', import.meta.url),
  database: 'file',
  tour,
  tries: (a, b) => [
    `  curl -X POST ${a}/pages/home`,
    `  curl ${b}/pages/home`,
    `  curl ${b}/queue`,
    '  kill -9 <a pid from above>',
  ],
})
