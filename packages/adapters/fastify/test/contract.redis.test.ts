import { adapterContract, listening } from '@tiercel/http-contract'
import fastify from 'fastify'
import { fastifyCache } from '../src/index.ts'

adapterContract('fastify', async (cache, routes) => {
  const app = fastify({ forceCloseConnections: true })
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
})
