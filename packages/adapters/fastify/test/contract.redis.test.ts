import type { Server } from 'node:http'
import { type Serve, adapterContract, listening, overHttp2 } from '@tiercel/http-contract'
import fastify, { type FastifyInstance } from 'fastify'
import oldest from 'fastify-oldest'
import { fastifyCache } from '../src/index.ts'

function serveWith(make: () => FastifyInstance): Serve {
  return async (cache, routes) => {
    const app = make()
    await app.register(fastifyCache, { cache })
    for (const { method, path, options, handler } of routes) {
      app.route({
        method,
        url: path,
        config: { cache: options },
        handler: async (request, reply) => {
          const header = (name: string): string | undefined =>
            request.headers[name] as string | undefined
          const { status = 200, headers = {}, body } = await handler({ url: request.url, header })
          const isText = typeof body === 'string' && headers['content-type'] === undefined
          if (isText) reply.type('text/plain')
          return reply.code(status).headers(headers).send(body)
        },
      })
    }
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { ...(await listening(app.server)), close: () => app.close() }
  }
}

// A new one each time: it is changed.
const forced = () => ({ forceCloseConnections: true }) as const
adapterContract(
  'Fastify 5',
  serveWith(() => fastify(forced())),
)
adapterContract(
  'Fastify 5.0.0',
  serveWith(() => oldest(forced()) as unknown as FastifyInstance),
)
adapterContract(
  'Fastify over HTTP/2',
  serveWith(() => fastify({ http2: true }) as unknown as FastifyInstance<Server>),
  // A stream that fails is reset without an error there.
  { open: overHttp2, cuts: false },
)
