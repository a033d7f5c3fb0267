import { createServer } from 'node:http'
import { Router } from '@koa/router'
import { adapterContract, listening } from '@tiercel/http-contract'
import Koa from 'koa'
import { koaCache } from '../src/index.ts'

adapterContract('koa', (cache, routes) => {
  const app = new Koa()
  app.silent = true
  const cacheResponse = koaCache(cache)
  const router = new Router()
  for (const { method, path, options, handler } of routes) {
    router.register(path, method === 'GET' ? ['HEAD', 'GET'] : ['POST'], [
      cacheResponse(options),
      async (context) => {
        const seen = { url: context.url, header: (name: string) => context.get(name) || undefined }
        const { status = 200, headers = {}, body } = await handler(seen)
        context.status = status
        context.set({ ...headers })
        context.body = body
      },
    ])
  }
  app.use(router.routes())
  const callback = app.callback()
  return listening(createServer((request, response) => void callback(request, response)))
})
