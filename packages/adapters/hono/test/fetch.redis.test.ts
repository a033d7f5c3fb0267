import { once } from 'node:events'
import type { Server } from 'node:http'
import { Readable } from 'node:stream'
import { serve } from '@hono/node-server'
import { responseCache } from '@tiercel/http'
import { type FetchHandler, cachedHandler } from '@tiercel/http/fetch'
import { adapterContract, listening } from '@tiercel/http-contract'
import { byPath } from './support/by-path.ts'

// No framework: the handlers that Bun and Deno serve, on what gives Node their kind of server.
adapterContract('fetch', async (cache, routes) => {
  const responses = responseCache<Request>(cache)
  const handlers = new Map<string, FetchHandler>()
  for (const { method, path, options, handler } of routes) {
    const cached = cachedHandler(responses.route(options), async ({ url, headers: fields }) => {
      const { pathname, search } = new URL(url)
      const seen = {
        url: pathname + search,
        header: (name: string) => fields.get(name) ?? undefined,
      }
      const { status = 200, headers = {}, body } = await handler(seen)
      if (typeof body === 'string') return new Response(body, { status, headers })
      if (!(body instanceof Readable)) return Response.json(body, { status, headers })
      return new Response(Readable.toWeb(body) as ReadableStream, { status, headers })
    })
    handlers.set(`${method} ${path}`, cached)
  }
  const server = serve({ fetch: byPath(handlers), port: 0, hostname: '127.0.0.1' }) as Server
  if (!server.listening) await once(server, 'listening')
  return listening(server)
})
