import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { adapterContract, listening } from '@tiercel/http-contract'
import express from 'express'
import { expressCache } from '../src/index.ts'

adapterContract('express', (cache, routes) => {
  const app = express()
  app.set('env', 'test') // what a handler throws is not printed
  const cacheResponse = expressCache(cache)
  for (const { method, path, options, handler } of routes) {
    app[method === 'GET' ? 'get' : 'post'](
      path,
      cacheResponse(options),
      async (request, response) => {
        const seen = { url: request.url, header: (name: string) => request.get(name) }
        const { status = 200, headers = {}, body } = await handler(seen)
        response.status(status).set(headers)
        if (body instanceof Readable) {
          body.once('error', () => response.destroy()).pipe(response)
        } else response.send(body)
      },
    )
  }
  return listening(createServer(app))
})
