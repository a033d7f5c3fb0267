/** One instance of the service. As many may run as you like, on one Redis and one database. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createCache } from '@tiercel/core'
import { koaCache } from '@tiercel/koa'
import Koa from 'koa'
import { operations } from './operations.ts'
import { Pages } from './pages.ts'
import { routes } from './routes.ts'

const { CACHE_ENVIRONMENT = 'local', DATABASE_FILE = 'pages.db', PORT, REDIS_URL } = process.env
const { MANAGEMENT_TOKEN } = process.env
if (!MANAGEMENT_TOKEN) throw new Error('MANAGEMENT_TOKEN is not set')

const pages = new Pages(DATABASE_FILE)
const cache = createCache({ namespace: 'pages', environment: CACHE_ENVIRONMENT, redis: REDIS_URL })
await cache.ready()

const cacheResponse = koaCache(cache)
const app = new Koa()
  .use(operations(cache, cacheResponse, MANAGEMENT_TOKEN))
  .use(routes(cacheResponse, pages).routes())
const server = app.listen(Number(PORT ?? 3000), '127.0.0.1')
await once(server, 'listening')
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void close())
console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)

/** Answers what was asked, then closes what it needed for that: the process ends by itself. */
async function close(): Promise<void> {
  server.close()
  await once(server, 'close')
  await cache.close()
  pages.close()
}
