/** One instance of the worker. As many may run as you like, on one Redis and one database. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createCache } from '@tiercel/core'
import { serverOf } from './server.ts'
import { ViewStore } from './view-store.ts'
import { Views } from './views.ts'

/** How long a client may take to read its last answer, in ms. */
const CLOSE_WITHIN = 5_000

const { REDIS_URL, CACHE_ENVIRONMENT = 'local', DATABASE_FILE = 'views.db' } = process.env

const store = new ViewStore(DATABASE_FILE)
const cache = createCache({
  namespace: 'views',
  environment: CACHE_ENVIRONMENT,
  redis: REDIS_URL ?? 'redis://127.0.0.1:6379',
  l2: { timeout: '2s' }, // what is to be acknowledged may rather wait for Redis than be refused
})
await cache.ready()

const server = serverOf(new Views(cache, store))
server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1')
await once(server, 'listening')
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void close())
console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)

/** Takes no more, and writes what waits as far as time allows. The rest stays in the queue, for the others. */
async function close(): Promise<void> {
  server.close()
  setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN).unref()
  await once(server, 'close')
  await cache.close()
  store.close()
}
