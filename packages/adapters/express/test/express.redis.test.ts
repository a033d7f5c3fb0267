import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import express, { type Request, type Response } from 'express'
// @ts-expect-error -- an alias of another version, which has no types of its own
import untyped from 'express-4'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Site, type SiteOptions, pair } from './support/site.ts'
import { until } from '@tiercel/dev-redis'

const express4 = untyped as typeof express

let redis: DevRedis
let count = 0
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

function broken(): never {
  throw new Error('broken')
}

/** Two instances on one Redis. */
function two(options: SiteOptions = {}) {
  return pair({ namespace: `express-${++count}`, redis: redis.url }, options)
}

/** One instance by itself. */
function alone(options: SiteOptions = {}): Promise<Site> {
  return new Site({ namespace: 'alone', defaults: { jitter: 0 } }, options).start()
}

test('a response is made once for all instances, and its tag is invalidated on all', async () => {
  await using sites = await two()
  const [here, there] = sites
  let runs = 0
  for (const { app, cacheResponse } of sites) {
    app.get('/products', cacheResponse({ ttl: '5m', tags: ['products'] }), (_request, response) => {
      response.json({ runs: ++runs })
    })
    app.post('/orders', cacheResponse({ tags: ['products'] }), (_request, response) => {
      response.sendStatus(201)
    })
  }
  expect((await here.ask('/products')).text).toBe('{"runs":1}')
  expect((await here.ask('/products')).headers['cache-status']).toMatch(/^Tiercel; hit/)
  const got = await there.ask('/products')
  expect(got.text).toBe('{"runs":1}')
  expect(got.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(got.headers.age).toMatch(/^\d+$/)
  expect((await there.ask('/orders', {}, 'POST')).status).toBe(201)
  expect((await there.ask('/products')).text).toBe('{"runs":2}')
  await until('the other instance to hear', async () => {
    return (await here.ask('/products')).text === '{"runs":2}'
  })
})

test('many who miss at once, on both instances, get what one handler answers', async () => {
  await using sites = await two()
  const responses: Response[] = []
  for (const { app, cacheResponse } of sites) {
    app.get('/slow', cacheResponse({ ttl: '5m' }), (_request, response) => {
      responses.push(response)
    })
  }
  const asked = sites.flatMap((site) => Array.from({ length: 10 }, () => site.ask('/slow')))
  await until('the handler', () => responses.length > 0)
  responses[0]?.send('slow')
  const got = await Promise.all(asked)
  expect(new Set(got.map(({ text }) => text))).toEqual(new Set(['slow']))
  expect(responses).toHaveLength(1)
})

test('POST on the same path invalidates it on the other instance', async () => {
  await using sites = await two()
  const [here, there] = sites
  let stock = 5
  for (const { app, cacheResponse } of sites) {
    app.use('/stock', cacheResponse({ ttl: '5m' }))
    app.get('/stock', (_request, response) => void response.json(stock))
    app.post('/stock', (_request, response) => {
      stock--
      response.json(stock)
    })
  }
  expect((await there.ask('/stock')).text).toBe('5')
  await here.ask('/stock', {}, 'POST')
  await until('the other instance to hear', async () => (await there.ask('/stock')).text === '4')
})

test('Redis away: responses keep coming', async () => {
  await using away = await startRedis()
  await using sites = await pair({ namespace: 'away', redis: away.url })
  let runs = 0
  for (const { app, cacheResponse } of sites) {
    app.get('/:id', cacheResponse({ ttl: '5m' }), (_request, response) => {
      response.json({ run: ++runs })
    })
    app.post('/:id', cacheResponse(), (_request, response) => void response.sendStatus(204))
  }
  await sites[0].ask('/1')
  await away.kill()
  for (let i = 0; i < 30; i++) {
    for (const site of sites) expect((await site.ask(`/${i}`)).status).toBe(200)
  }
  expect((await sites[0].ask('/1', {}, 'POST')).status).toBe(204)
  expect(runs).toBeGreaterThanOrEqual(30)
})

test('a refresh behind a reader goes through the whole application', async () => {
  await using site = await alone()
  const users: unknown[] = []
  const router = express.Router()
  site.app.use((request: Request & { user?: string }, response: Response, next) => {
    request.user = request.get('x-user') ?? 'nobody'
    response.set('x-request-id', String(users.length))
    next()
  })
  site.app.use('/shop', router)
  router.get(
    '/page/:id',
    site.cacheResponse({ ttl: '40ms', staleWhileRevalidate: '1h' }),
    (request: Request & { user?: string }, response: Response) => {
      users.push(request.user)
      response.json({ id: request.params.id, run: users.length })
    },
  )
  const headers = { 'x-user': 'ada' }
  expect((await site.ask('/shop/page/7', headers)).text).toBe('{"id":"7","run":1}')
  const key = 'http:GET http://shop.example/shop/page/7'
  await until('staleness', () => site.cache.peek(key) === undefined)
  const stale = await site.ask('/shop/page/7', headers)
  expect(stale.text).toBe('{"id":"7","run":1}')
  await until('the refresh', () => users.length === 2)
  expect(users).toEqual(['ada', 'ada'])
  await until('the new response', async () => (await site.ask('/shop/page/7')).text.includes('2'))
})

test('what a middleware set before is each client’s own', async () => {
  await using site = await alone()
  let requests = 0
  site.app.use((request, response, next) => {
    response.set('x-request-id', String(++requests))
    response.set('access-control-allow-origin', request.get('origin') ?? '*')
    response.vary('origin')
    next()
  })
  site.app.get(
    '/',
    site.cacheResponse({ ttl: '5m', key: { headers: ['origin'] } }),
    (_, response) => {
      response.send('page')
    },
  )
  await site.ask('/')
  const got = await site.ask('/')
  expect(got.headers['cache-status']).toContain('hit')
  expect(got.headers['x-request-id']).toBe('2')
  expect(got.headers.vary).toBe('origin')
})

test('ETag of Express, and 304', async () => {
  await using site = await alone()
  site.app.get('/', site.cacheResponse({ ttl: '5m' }), (_, response) => void response.send('page'))
  const first = await site.ask('/')
  const etag = String(first.headers.etag)
  expect((await site.ask('/', { 'if-none-match': etag })).status).toBe(304)
  expect((await site.ask('/', { range: 'bytes=1-2' })).text).toBe('ag')
  expect((await site.ask('/', {}, 'HEAD')).headers['content-length']).toBe('4')
})

test('an error of the handler is Express’ own, and is not stored', async () => {
  await using site = await alone()
  let runs = 0
  site.app.get('/', site.cacheResponse({ ttl: '5m' }), (_, response) => {
    if (++runs === 1) throw new Error('broken')
    response.send('mended')
  })
  site.app.use((_error: unknown, _request: Request, response: Response, _next: () => void) => {
    response.status(500).send('sorry')
  })
  expect((await site.ask('/')).text).toBe('sorry')
  expect((await site.ask('/')).text).toBe('mended')
})

test('an error of a route’s own function goes to next', async () => {
  await using site = await alone()
  site.app.get('/', site.cacheResponse({ ttl: '5m', when: { skip: broken } }), (_, response) => {
    response.send('page')
  })
  site.app.use((error: Error, _request: Request, response: Response, _next: () => void) => {
    response.status(500).send(error.message)
  })
  expect((await site.ask('/')).text).toBe('broken')
})

test('of two middlewares the outer one caches', async () => {
  await using site = await alone()
  let runs = 0
  site.app.use(site.cacheResponse({ ttl: '5m' }))
  site.app.get('/', site.cacheResponse({ ttl: '1s' }), (_, response) => {
    response.send(String(++runs))
  })
  expect((await site.ask('/')).text).toBe('1')
  expect((await site.ask('/')).text).toBe('1')
})

test.each(['5', '4'] as const)('Express %s hides what is not keyed', async (version) => {
  await using site = await alone(version === '4' ? { express: express4 } : {})
  site.app.get(
    '/',
    site.cacheResponse({ ttl: '5m', key: { query: ['page'] } }),
    (request, response) => {
      response.json({
        query: request.query,
        url: request.originalUrl,
        ip: request.get('x-real-ip'),
      })
    },
  )
  const evil = await site.ask('/?page=1&callback=evil', { 'x-real-ip': 'evil' })
  expect(evil.text).toBe('{"query":{"page":"1"},"url":"/?page=1"}')
  expect((await site.ask('/?page=1')).headers['cache-status']).toContain('hit')
})

test('Express 4 caches alike', async () => {
  await using site = await alone({ express: express4 })
  let runs = 0
  site.app.get(
    '/',
    site.cacheResponse({ ttl: '5m' }),
    (_, response) => void response.json({ run: ++runs }),
  )
  expect((await site.ask('/')).text).toBe('{"run":1}')
  expect((await site.ask('/')).text).toBe('{"run":1}')
})

test('files that are sent as streams are stored, and parts of them answered', async () => {
  await using site = await alone()
  let runs = 0
  site.app.get('/file', site.cacheResponse({ ttl: '5m' }), (_, response) => {
    runs++
    response
      .set('cache-control', 'public, max-age=60')
      .sendFile(new URL(import.meta.url).pathname, {
        cacheControl: false,
      })
  })
  const whole = await site.ask('/file')
  const again = await site.ask('/file')
  expect(again.text).toBe(whole.text)
  expect((await site.ask('/file', { range: 'bytes=0-5' })).text).toBe(whole.text.slice(0, 6))
  expect(runs).toBe(1)
})
