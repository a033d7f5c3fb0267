import { type RequestListener, type Server, createServer } from 'node:http'
import { createServer as createServer2 } from 'node:http2'
import { Router } from '@koa/router'
import { type Serve, adapterContract, listening, overHttp2 } from '@tiercel/http-contract'
import Koa from 'koa'
// @ts-expect-error -- an alias of another version, which has no types of its own
import koa2 from 'koa-2'
// @ts-expect-error -- the same
import oldest from 'koa-oldest'
import { koaCache } from '../src/index.ts'

function serveWith(
  Application: typeof Koa,
  serverOf: (listener: RequestListener) => Server = createServer,
): Serve {
  return (cache, routes) => {
    const app = new Application()
    app.silent = true
    const cacheResponse = koaCache(cache)
    const router = new Router()
    for (const { method, path, options, handler } of routes) {
      router.register(path, method === 'GET' ? ['HEAD', 'GET'] : ['POST'], [
        cacheResponse(options),
        async (context) => {
          const seen = {
            url: context.url,
            header: (name: string) => context.get(name) || undefined,
          }
          const { status = 200, headers = {}, body } = await handler(seen)
          context.status = status
          context.set({ ...headers })
          context.body = body
        },
      ])
    }
    app.use(router.routes())
    const callback = app.callback()
    return listening(serverOf((request, response) => void callback(request, response)))
  }
}

adapterContract('Koa 3', serveWith(Koa))
adapterContract('Koa 2', serveWith(koa2 as typeof Koa))
adapterContract('Koa 2.15.0', serveWith(oldest as typeof Koa))
adapterContract(
  'Koa over HTTP/2',
  serveWith(Koa, (listener) => createServer2(listener as never) as unknown as Server),
  { open: overHttp2 },
)
