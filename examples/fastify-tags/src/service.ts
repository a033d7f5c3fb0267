/** One instance of the service. As many may run as you like, on one Redis and one database. */
import { fastifyCache } from '@tiercel/fastify'
import fastify from 'fastify'
import { catalogueCache, offersOf } from './cache.ts'
import { Catalogue } from './catalogue.ts'
import { operations } from './operations.ts'
import { changes, pages } from './routes.ts'

const { DATABASE_FILE = 'catalogue.db', MANAGEMENT_TOKEN, PORT = '3000' } = process.env
if (!MANAGEMENT_TOKEN) throw new Error('MANAGEMENT_TOKEN is not set')

const catalogue = new Catalogue(DATABASE_FILE)
const cache = catalogueCache()
await cache.ready()

const app = fastify()
await app.register(fastifyCache, { cache }) // before the routes
pages(app, catalogue, offersOf(cache, catalogue))
changes(app, catalogue)
operations(app, cache, MANAGEMENT_TOKEN)
const address = await app.listen({ port: Number(PORT), host: '127.0.0.1' })
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void close())
console.log(`listening on ${address}`)

/** Answers what was asked, then closes what it needed for that: the process ends by itself. */
async function close(): Promise<void> {
  await app.close()
  await cache.close()
  catalogue.close()
}
