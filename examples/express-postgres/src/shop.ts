import type { Cache } from '@tiercel/core'
import { expressCache } from '@tiercel/express'
import express, { type Express } from 'express'
import { LISTS, type ProductCache } from './product-cache.ts'
import type { Products } from './products.ts'

/** The routes. */
export function shop(cache: Cache, cached: ProductCache, products: Products): Express {
  const cacheResponse = expressCache(cache)
  const app = express()
  app.use(express.json())
  app.param('id', (_request, response, next, id) => {
    if (/^\d{1,9}$/.test(id)) next()
    else response.sendStatus(400)
  })

  // A response that is the same for all: the handler runs on a miss alone.
  app.get('/products', cacheResponse({ ttl: '1m', tags: [LISTS] }), async (_request, response) => {
    response.json(await products.list())
  })

  // A value: the handler runs, and asks the cache instead of the database.
  app.get('/products/:id', async (request, response) => {
    let how = 'hit'
    const product = await cached.find(Number(request.params.id), () => (how = 'miss'))
    response.set('X-Cache', how)
    if (product === undefined) response.sendStatus(404)
    else response.json(product)
  })

  // A change: the source first, then the cache, then the answer. Who has the answer reads nothing older here.
  app.put('/products/:id', async (request, response) => {
    const id = Number(request.params.id)
    const { cents } = request.body as { cents?: unknown }
    if (!isPrice(cents)) response.sendStatus(400)
    else if (await products.setPrice(id, cents)) {
      await cached.changed(id)
      response.sendStatus(204)
    } else response.sendStatus(404)
  })
  return app
}

function isPrice(cents: unknown): cents is number {
  return Number.isInteger(cents) && (cents as number) >= 0 && (cents as number) < 1e9
}
