/** One instance of the service. As many may run as you like, on one Redis and one database. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createCache } from '@tiercel/core'
import { Pool } from 'pg'
import { DatabaseEvents } from './database-events.ts'
import { ProductCache } from './product-cache.ts'
import { Products } from './products.ts'
import { shop } from './shop.ts'

/** How long a client may take to read its last answer, in ms. */
const CLOSE_WITHIN = 5_000

const { REDIS_URL, DATABASE_URL, CACHE_ENVIRONMENT = 'local', PORT = '3000' } = process.env

const pool = new Pool({ connectionString: DATABASE_URL })
const products = new Products(pool)
await products.prepare()

const cache = createCache({
  namespace: 'shop',
  environment: CACHE_ENVIRONMENT,
  redis: REDIS_URL,
  // A database that is away, or slow, is answered for by what is held, for an hour.
  defaults: { ttl: '10m', grace: '1h', softTimeout: '500ms' },
})
await cache.ready()
const cached = new ProductCache(cache, products)

const events = new DatabaseEvents(DATABASE_URL, {
  onChange: (id) => cached.changed(id),
  onGap: () => cached.allMayHaveChanged(),
})
await events.start()

const server = shop(cache, cached, products).listen(Number(PORT), '127.0.0.1')
await once(server, 'listening')
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void close())
console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)

/** Answers what was asked, then closes what it needed for that: the process ends by itself. */
async function close(): Promise<void> {
  server.close()
  setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN).unref()
  await once(server, 'close')
  await events.stop()
  await cache.close()
  await pool.end()
}
