import { createServer } from 'node:http'
import { type Cache, createCache } from '@tiercel/core'
import { Site, listening } from '@tiercel/http-contract'
import Koa from 'koa'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CacheResponse, koaCache } from '../src/index.ts'

let cache: Cache
let cacheResponse: CacheResponse
let app: Koa
beforeEach(() => {
  cache = createCache({ namespace: 'koa' })
  cacheResponse = koaCache(cache)
  app = new Koa()
  app.silent = true
})
afterEach(() => cache.close())

async function site(): Promise<Site> {
  const callback = app.callback()
  return new Site(
    cache,
    await listening(createServer((request, response) => void callback(request, response))),
  )
}

test('what middleware before adds is done for each client, and not stored', async () => {
  let count = 0
  app.use(async (context, next) => {
    context.set('x-request-id', String(++count))
    await next()
    context.set('set-cookie', `id=${count}`)
    context.body = `<${String(context.body)}>`
  })
  app.use(cacheResponse({ ttl: '5m' }))
  app.use((context) => {
    context.body = 'hello'
  })
  await using here = await site()
  for (const run of ['1', '2']) {
    const got = await here.ask('/')
    expect(got).toMatchObject({ status: 200, text: '<hello>' })
    expect(got.headers['x-request-id']).toBe(run)
    expect(got.headers['set-cookie']).toEqual([`id=${run}`])
  }
  expect((await here.ask('/')).headers['cache-status']).toContain('hit')
})

test('what no middleware answers is answered by Koa, and not stored', async () => {
  app.use(cacheResponse({ ttl: '5m', store: { statuses: [404] } }))
  await using here = await site()
  for (let i = 0; i < 2; i++) {
    expect(await here.ask('/')).toMatchObject({ status: 404, text: 'Not Found' })
  }
})

test.for([
  ['bytes', () => Buffer.from('hello')],
  ['a Blob', () => new Blob(['hello'])],
  ['a web stream', () => new Blob(['hello']).stream()],
  ['a Response', () => new Response('hello')],
] as const)('%s as a body is stored', async ([, body]) => {
  app.use(cacheResponse({ ttl: '5m' }))
  app.use((context) => {
    context.body = body()
  })
  await using here = await site()
  expect((await here.ask('/')).text).toBe('hello')
  const got = await here.ask('/')
  expect(got.text).toBe('hello')
  expect(got.headers['cache-status']).toContain('hit')
})

test('the middleware before sees the request as it was received again', async () => {
  const seen: unknown[] = []
  app.use(async (context, next) => {
    await next()
    seen.push(context.url, context.get('x-forwarded-for'))
  })
  app.use(cacheResponse({ ttl: '5m', key: { query: 'none' } }))
  app.use((context) => {
    context.body = context.url + context.get('x-forwarded-for')
  })
  await using here = await site()
  expect((await here.ask('/?a=1', { 'x-forwarded-for': '10.1.1.1' })).text).toBe('/')
  expect(seen).toEqual(['/?a=1', '10.1.1.1'])
})

test('the handler sees the keyed target alone, wherever Koa keeps it', async () => {
  app.use(async (context, next) => {
    expect(context.URL.search).toBe('?page=1&evil=1') // and Koa remembers it
    await next()
    expect(context.href).toContain('evil')
  })
  app.use(cacheResponse({ ttl: '5m', key: { query: ['page'] } }))
  app.use((context) => {
    const { url, originalUrl, href, search, URL: parsed, request, query } = context
    context.body = [url, originalUrl, href, search, parsed.href, request.originalUrl, query]
  })
  await using here = await site()
  const got = await here.ask('/?page=1&evil=1')
  expect(got.text).toContain('page=1')
  expect(got.text).not.toContain('evil')
})

test('of two that are nested the outer one caches', async () => {
  app.use(cacheResponse({ ttl: '5m' }))
  app.use(cacheResponse({ ttl: '5m' }))
  app.use((context) => {
    context.body = 'hello'
  })
  await using here = await site()
  expect((await here.ask('/')).text).toBe('hello')
  expect((await here.ask('/')).headers['cache-status']).toMatch(/^Tiercel; hit; ttl=\d+$/)
})
