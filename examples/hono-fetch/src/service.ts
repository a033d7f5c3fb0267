/** One instance of the service. As many may run as you like, on one Redis and one database. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { createCache } from '@tiercel/core'
import { Rates } from './rates.ts'
import { service } from './routes.ts'

const { CACHE_ENVIRONMENT = 'local', DATABASE_FILE = 'rates.db', PORT, REDIS_URL } = process.env

const rates = new Rates(DATABASE_FILE)
const cache = createCache({ namespace: 'rates', environment: CACHE_ENVIRONMENT, redis: REDIS_URL })
await cache.ready()

const fetch = service(cache, rates)
const server = serve({ fetch, port: Number(PORT ?? 3000), hostname: '127.0.0.1' })
if (!server.listening) await once(server, 'listening')
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void close())
console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)

/** Answers what was asked, then closes what it needed for that: the process ends by itself. */
async function close(): Promise<void> {
  server.close()
  await once(server, 'close')
  await cache.close()
  rates.close()
}
