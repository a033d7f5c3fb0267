import { type Cache, createCache } from '@tiercel/core'
import fastify from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fastifyCache } from '../src/index.ts'

let cache: Cache
beforeEach(() => {
  cache = createCache({ namespace: 'fastify' })
})
afterEach(() => cache.close())

test('hooks that may refuse a request are asked before it is answered from the cache', async () => {
  await using app = fastify()
  await app.register(fastifyCache, { cache })
  app.addHook('preHandler', async (request, reply) => {
    if (request.headers.cookie !== 'mine') await reply.code(401).send('who?')
  })
  app.get('/products', { config: { cache: { ttl: '5m' } } }, () => ({ ok: true }))
  for (const isMine of [true, true, false]) {
    const got = await app.inject({ url: '/products', headers: isMine ? { cookie: 'mine' } : {} })
    expect(got.statusCode).toBe(isMine ? 200 : 401)
  }
})

test('the handler sees the keyed parameters alone, as its schema has them', async () => {
  await using app = fastify()
  await app.register(fastifyCache, { cache })
  const querystring = {
    type: 'object',
    properties: { page: { type: 'integer' }, size: { type: 'integer', default: 10 } },
  }
  app.get(
    '/products',
    { schema: { querystring }, config: { cache: { ttl: '5m', key: { query: ['page'] } } } },
    ({ query, url, originalUrl }) => ({ query, targets: [url, originalUrl] }),
  )
  const got = await app.inject('/products?page=2&size=9')
  const target = '/products?page=2'
  expect(got.json()).toEqual({ query: { page: 2, size: 10 }, targets: [target, target] })
})

test('what hooks set for one client is not stored, and is there on a hit', async () => {
  await using app = fastify()
  await app.register(fastifyCache, { cache })
  let count = 0
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-request-id', String(++count))
  })
  app.get('/products', { config: { cache: { ttl: '5m' } } }, () => ({ ok: true }))
  for (const id of ['1', '2']) {
    const got = await app.inject('/products')
    expect(got.headers['x-request-id']).toBe(id)
  }
  const { body } = await app.inject('/products')
  expect(body).toBe('{"ok":true}')
})

test('a route and its HEAD are one route of the response cache, called by its place', async () => {
  await using app = fastify()
  await app.register(fastifyCache, { cache, defaults: { ttl: '5m' } })
  app.get('/products', { config: { cache: true } }, () => 'all')
  app.get('/open', () => 'not cached')
  expect([...app.responses.routes.keys()]).toEqual(['GET /products'])
  await app.inject('/products')
  const head = await app.inject({ method: 'HEAD', url: '/products' })
  expect(head.headers['cache-status']).toMatch(/hit/)
  const open = await app.inject('/open')
  expect(open.headers['cache-status']).toBeUndefined()
})

test('a bad option is told when the route is added', async () => {
  await using app = fastify()
  await app.register(fastifyCache, { cache })
  const add = () => app.get('/x', { config: { cache: { ttl: 'soon' as '1s' } } }, () => 'x')
  expect(add).toThrow(/ttl/)
})
