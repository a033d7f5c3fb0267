import { type Cache, createCache } from '@tiercel/core'
import fastify from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fastifyCache } from '../src/index.ts'

type Parser = (query: string) => Record<string, unknown>

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

test.each([
  ['routerOptions', (parser: Parser) => ({ routerOptions: { querystringParser: parser } })],
  ['its options', (parser: Parser) => ({ querystringParser: parser })],
])(
  'a query is parsed as the server does, by %s, in the order of the key',
  async (_name, optionsFor) => {
    // One that depends on the order of names: the first one says what becomes of the others.
    const first: Parser = (query) => ({ first: { name: query.split('=', 1)[0] }, query })
    await using app = fastify(optionsFor(first))
    await app.register(async (scope) => {
      await scope.register(fastifyCache, { cache })
      scope.get('/', { config: { cache: { ttl: '5m' } } }, ({ query }) => query)
    })
    const got = await app.inject('/?b=1&a=2')
    expect(got.json()).toEqual({ first: { name: 'a' }, query: 'a=2&b=1' })
  },
)

test('a plain query is left as it was parsed, in whatever order it came', async () => {
  let parsed = 0
  const parser: Parser = (query) => {
    parsed++
    return Object.fromEntries(new URLSearchParams(query))
  }
  await using app = fastify({ routerOptions: { querystringParser: parser } })
  await app.register(fastifyCache, { cache })
  app.get('/', { config: { cache: { ttl: '5m' } } }, ({ query }) => query)
  expect((await app.inject('/?b=1&a=2')).json()).toEqual({ b: '1', a: '2' })
  expect(parsed).toBe(1)
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
