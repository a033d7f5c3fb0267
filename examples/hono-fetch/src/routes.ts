import { createHash } from 'node:crypto'
import type { Cache } from '@tiercel/core'
import { honoCache } from '@tiercel/hono'
import { responseCache } from '@tiercel/http'
import { type FetchHandler, cachedHandler } from '@tiercel/http/fetch'
import { Hono } from 'hono'
import type { Rates } from './rates.ts'

/** The application: routes of Hono, and one handler that needs no framework. */
export function service(cache: Cache, rates: Rates): FetchHandler {
  const app = new Hono()
  // With `app` a response that is stale is served at once, and asked for anew behind the reader.
  const cacheResponse = honoCache(cache, { app })

  app.get(
    '/rates',
    cacheResponse({ ttl: '1s', staleWhileRevalidate: '10m', staleIfError: '1h', tags: ['rates'] }),
    async (c) => {
      const body = JSON.stringify(await rates.all())
      // A client that has it already is told so, by the cache.
      const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
      return c.body(body, 200, { 'content-type': 'application/json', etag })
    },
  )

  // The tag is invalidated before the client has its answer: who has it reads nothing older.
  app.put('/rates/:currency', cacheResponse({ tags: ['rates'] }), async (c) => {
    const { rate } = await c.req.json<{ rate?: unknown }>()
    if (typeof rate !== 'number' || !(rate > 0)) return c.body(null, 400)
    return c.body(null, rates.set(c.req.param('currency'), rate) ? 204 : 404)
  })

  const report = cachedHandler(
    responseCache<Request>(cache, { namespace: 'reports' }).route({ ttl: '1m', tags: ['rates'] }),
    async () => Response.json({ currencies: Object.keys(await rates.all()), at: Date.now() }),
  )
  return (request) =>
    new URL(request.url).pathname === '/report' ? report(request) : app.fetch(request)
}
