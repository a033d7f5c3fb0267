import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer as createServer2 } from 'node:http2'
import { Readable } from 'node:stream'
import { serve } from '@hono/node-server'
import { type Serve, adapterContract, listening, overHttp2 } from '@tiercel/http-contract'
import { Hono } from 'hono'
import { Hono as Oldest } from 'hono-oldest'
import { honoCache } from '../src/index.ts'

function serveWith(Application: typeof Hono, how: object = {}): Serve {
  return async (cache, routes) => {
    const app = new Application()
    app.onError((_error, context) => context.text('failed', 500))
    const cacheResponse = honoCache(cache, { app })
    for (const { method, path, options, handler } of routes) {
      app.on(method, path, cacheResponse(options), async (context) => {
        const { pathname, search } = new URL(context.req.url)
        const seen = { url: pathname + search, header: (name: string) => context.req.header(name) }
        const { status = 200, headers = {}, body } = await handler(seen)
        if (typeof body === 'string') return context.body(body, status as 200, { ...headers })
        if (!(body instanceof Readable)) return context.json(body, status as 200, { ...headers })
        return new Response(Readable.toWeb(body) as ReadableStream, { status, headers })
      })
    }
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', ...how }) as Server
    if (!server.listening) await once(server, 'listening')
    return listening(server)
  }
}

adapterContract('Hono 4', serveWith(Hono))
adapterContract('Hono 4.6.0', serveWith(Oldest as unknown as typeof Hono))
adapterContract('Hono over HTTP/2', serveWith(Hono, { createServer: createServer2 }), {
  open: overHttp2,
})
