import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { type Serve, adapterContract, listening } from '@tiercel/http-contract'
import express from 'express'
// @ts-expect-error -- an alias of another version, which has no types of its own
import express4 from 'express-4'
// @ts-expect-error -- the same
import express4Oldest from 'express-4-oldest'
// @ts-expect-error -- the same
import express5Oldest from 'express-5-oldest'
import { expressCache } from '../src/index.ts'

function serveWith(make: typeof express): Serve {
  return (cache, routes) => {
    const app = make()
    app.set('env', 'test') // what a handler throws is not printed
    const cacheResponse = expressCache(cache)
    for (const { method, path, options, handler } of routes) {
      app[method === 'GET' ? 'get' : 'post'](
        path,
        cacheResponse(options),
        async (request, response, next) => {
          const seen = { url: request.url, header: (name: string) => request.get(name) }
          try {
            const { status = 200, headers = {}, body } = await handler(seen)
            response.status(status).set(headers)
            if (body instanceof Readable) {
              body.once('error', () => response.destroy()).pipe(response)
            } else response.send(body)
          } catch (error) {
            next(error) // Express 4 does not wait for promises
          }
        },
      )
    }
    return listening(createServer(app))
  }
}

for (const [version, make] of [
  ['5', express],
  ['5.0.0', express5Oldest as typeof express],
  ['4', express4 as typeof express],
  ['4.18.0', express4Oldest as typeof express],
] as const) {
  adapterContract(`Express ${version}`, serveWith(make))
}
