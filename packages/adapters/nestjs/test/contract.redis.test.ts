import 'reflect-metadata'
import type { Server } from 'node:http'
import { Readable } from 'node:stream'
import { Controller, Get, Module, Post, Req, Res, StreamableFile } from '@nestjs/common'
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { type Serve, adapterContract, listening } from '@tiercel/http-contract'
import { type AnyRequest, Cached, TiercelModule } from '../src/index.ts'

interface Sets {
  status(code: number): unknown
  header(name: string, value: string): unknown
}

/** Controllers by hand: the routes of the contract are known when it runs. */
function serveOn(adapter: () => AbstractHttpAdapter): Serve {
  return async (cache, routes) => {
    class Routes {}
    for (const [i, { method, path, options, handler }] of routes.entries()) {
      const name = `route${i}`
      const value = async (request: AnyRequest & { url: string }, response: Sets) => {
        const header = (of: string) => request.headers[of] as string | undefined
        const { status = 200, headers = {}, body } = await handler({ url: request.url, header })
        response.status(status)
        for (const [field, text] of Object.entries(headers)) response.header(field, text)
        return body instanceof Readable ? new StreamableFile(body) : body
      }
      const descriptor = { value, writable: true, configurable: true }
      Object.defineProperty(Routes.prototype, name, descriptor)
      Req()(Routes.prototype, name, 0)
      Res({ passthrough: true })(Routes.prototype, name, 1)
      const place = method === 'GET' ? Get(path) : Post(path)
      for (const decorate of [place, Cached(options)]) {
        decorate(Routes.prototype, name, descriptor)
      }
    }
    Controller()(Routes)
    class App {}
    Module({ imports: [TiercelModule.forRoot({ cache })], controllers: [Routes] })(App)
    const app = await NestFactory.create(App, adapter(), { logger: false })
    await app.listen(0, '127.0.0.1')
    const server = app.getHttpServer() as Server
    const close = async (): Promise<void> => {
      server.closeAllConnections()
      await app.close()
    }
    return { ...(await listening(server)), close }
  }
}

adapterContract(
  'NestJS on Express',
  serveOn(() => new ExpressAdapter()),
  // Nest 11 ends a body that fails as if it were whole.
  { cuts: process.env['NESTJS'] !== '11' },
)
adapterContract(
  'NestJS on Fastify',
  serveOn(() => new FastifyAdapter()),
)
