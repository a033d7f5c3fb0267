/**
 * A service on Bun or Deno: its handlers ask the test for what they are to answer. Run by `serveOn`, never imported.
 */
import { createCache } from '@tiercel/core'
import { responseCache } from '@tiercel/http'
import { type FetchHandler, cachedHandler } from '@tiercel/http/fetch'
import { Hono } from 'hono'
import { honoCache } from '../../src/index.ts'
import { byPath } from './by-path.ts'
import type { Told } from './serve-on.ts'

/** What the runtimes have of their own. */
interface Runtime {
  readonly Bun?: {
    serve(options: { hostname: string; port: number; fetch: FetchHandler }): {
      readonly port: number
    }
  }
  readonly Deno?: {
    serve(
      options: { hostname: string; port: number; onListen: () => void },
      fetch: FetchHandler,
    ): {
      readonly addr: { readonly port: number }
    }
  }
}

const { framework, namespace, redis, origin, routes } = JSON.parse(process.argv[2] ?? '') as Told
const cache = createCache({ namespace, redis })
await cache.ready()

/** What the test says that the handler of a route answers. */
async function made(route: number, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const seen = { url: pathname + search, headers: Object.fromEntries(request.headers) }
  const got = await fetch(`${origin}/${route}`, {
    method: 'POST',
    body: JSON.stringify(seen),
  })
  if (got.headers.has('x-thrown')) throw new Error('the handler is broken')
  const headers = new Headers(got.headers)
  for (const name of ['connection', 'date', 'keep-alive', 'transfer-encoding']) headers.delete(name)
  return new Response(got.body, { status: got.status, headers })
}

function hono(): FetchHandler {
  const app = new Hono()
  app.onError((_error, context) => context.text('failed', 500))
  const cacheResponse = honoCache(cache, { app })
  for (const [i, { method, path, options }] of routes.entries()) {
    app.on(method, path, cacheResponse(options), (context) => made(i, context.req.raw))
  }
  return app.fetch
}

function bare(): FetchHandler {
  const responses = responseCache<Request>(cache)
  const handlers = new Map<string, FetchHandler>()
  for (const [i, { method, path, options }] of routes.entries()) {
    const handler = cachedHandler(responses.route(options), (request) => made(i, request))
    handlers.set(`${method} ${path}`, handler)
  }
  return byPath(handlers)
}

const fetchHandler = framework === 'hono' ? hono() : bare()
const { Bun, Deno } = globalThis as Runtime
const where = { hostname: '127.0.0.1', port: 0 }
const port =
  Bun === undefined
    ? Deno?.serve({ ...where, onListen: () => {} }, fetchHandler).addr.port
    : Bun.serve({ ...where, fetch: fetchHandler }).port
console.log(`listening on ${port}`)
