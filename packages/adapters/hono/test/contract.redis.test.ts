import { once } from 'node:events'
import type { Server } from 'node:http'
import { Readable } from 'node:stream'
import { serve } from '@hono/node-server'
import { adapterContract, listening } from '@tiercel/http-contract'
import { Hono } from 'hono'
import { honoCache } from '../src/index.ts'

adapterContract('hono', async (cache, routes) => {
  const app = new Hono()
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
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server
  if (!server.listening) await once(server, 'listening')
  return listening(server)
})
