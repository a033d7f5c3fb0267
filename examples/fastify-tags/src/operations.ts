import { timingSafeEqual } from 'node:crypto'
import type { Cache } from '@tiercel/core'
import { management } from '@tiercel/http/management'
import { prometheus } from '@tiercel/metrics/prometheus'
import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'

/** For those who run the service: metrics for Prometheus, and what the cache holds, at /cache, for who has the token. */
export function operations(app: FastifyInstance, cache: Cache, token: string): void {
  const register = new Registry()
  prometheus(cache, { register })
  app.get('/metrics', async (_request, reply) => {
    return reply.type(register.contentType).send(await register.metrics())
  })

  const { node } = management(cache, {
    basePath: '/cache',
    responses: app.responses,
    authorize: ({ headers }, { operation }) => {
      if (operation === 'live' || operation === 'ready') return { role: 'read' } // probes
      return isEqual(headers.get('authorization') ?? '', `Bearer ${token}`)
    },
  })
  // In a scope of its own, where no body is parsed: the management reads it itself.
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _body, done) => done(null))
    scope.all('/cache/*', (request, reply) => {
      reply.hijack()
      node(request.raw, reply.raw)
    })
  })
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
