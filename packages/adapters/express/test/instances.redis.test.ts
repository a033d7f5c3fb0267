import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Site } from './support/site.ts'

let redis: DevRedis
let count = 0
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

/** Two instances on one Redis. */
async function pair(): Promise<[Site, Site] & AsyncDisposable> {
  const options = { namespace: `express-${++count}`, redis: redis.url }
  const sites = [new Site(options), new Site(options)] as [Site, Site]
  await Promise.all(sites.map((site) => site.cache.ready()))
  await Promise.all(sites.map((site) => site.start()))
  return Object.assign(sites, {
    async [Symbol.asyncDispose](): Promise<void> {
      for (const site of sites) await site[Symbol.asyncDispose]()
    },
  })
}

test('a response is made once for all instances, and its tag is invalidated on all', async () => {
  await using sites = await pair()
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
})
