import { once } from 'node:events'
import { Socket } from 'node:net'
import { type Cache, createCache } from '@tiercel/core'
import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { responseCache } from '@tiercel/http'
import { type ManagementOptions, management } from '@tiercel/http/management'
import express from 'express'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Served } from './support/managed.ts'

let redis: DevRedis
let count = 0
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

const OPEN: ManagementOptions = { authorize: () => true }

interface Instance extends AsyncDisposable {
  readonly cache: Cache
  readonly served: Served
}

async function instance(
  options: ManagementOptions,
  namespace: string,
  url: string = redis.url,
): Promise<Instance> {
  const cache = createCache({ namespace, redis: url })
  const served = await new Served(management(cache, options).node).start()
  return {
    cache,
    served,
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]()
      await cache.close()
    },
  }
}

async function pair(
  options: ManagementOptions = OPEN,
): Promise<[Instance, Instance] & AsyncDisposable> {
  const namespace = `managed-${++count}`
  const both = await Promise.all([instance(options, namespace), instance(options, namespace)])
  await Promise.all(both.map(({ cache }) => cache.ready()))
  return Object.assign(both, {
    async [Symbol.asyncDispose]() {
      for (const one of both) await one[Symbol.asyncDispose]()
    },
  })
}

/** Has both instances hold the key in L1. */
async function held([a, b]: readonly Instance[], key: string, tags: string[] = []): Promise<void> {
  await a!.cache.set(key, { of: key }, { tags })
  expect(await b!.cache.get(key)).toEqual({ of: key })
}

async function gone({ cache }: Instance, key: string): Promise<void> {
  await vi.waitFor(() => expect(cache.peek(key)).toBeUndefined(), { timeout: 10_000 })
  expect(await cache.get(key)).toBeUndefined()
}

test('what is deleted through one instance is gone on the other', async () => {
  await using both = await pair()
  const [{ served }, there] = both
  await held(both, 'user:1')
  expect((await served.drop('/entry?key=user%3A1')).json).toEqual({ receipt: 'everywhere' })
  await gone(there, 'user:1')

  await held(both, 'user:2', ['people', 'x+y'])
  expect((await served.drop('/tags?tag=none&tag=x+y')).status).toBe(200)
  await gone(there, 'user:2')

  await held(both, 'user:3')
  await held(both, 'other')
  expect((await served.drop('/keys?prefix=user:')).json).toMatchObject({ way: 'sweep' })
  await gone(there, 'user:3')
  expect(there.cache.peek('other')).toEqual({ of: 'other' })

  await held(both, 'order:1')
  expect((await served.drop('/keys?pattern=ord*1')).json).toMatchObject({ way: 'sweep' })
  await gone(there, 'order:1')

  expect((await served.drop('/entries')).status).toBe(200)
  await gone(there, 'other')
})

test('keys are listed page by page, and one is inspected, its value only where that is allowed', async () => {
  await using both = await pair({ ...OPEN, showValues: (key) => !key.startsWith('secret') })
  const [{ served, cache }] = both
  const users = cache.keyspace('user:{id}', { ttl: '1h', tags: ['people'] })
  await users.setMany(Array.from({ length: 120 }, (_, id) => [{ id }, { id }] as const))
  await cache.setMany([
    ['secret', 's'],
    ['a b/ü%2F+', new Map([['x', 1n]])],
  ])
  const keys = new Set<string>()
  let cursor = ''
  let pages = 0
  do {
    const family = encodeURIComponent('user:{id}')
    const { json } = await served.ask(`/keys?family=${family}&limit=30${cursor}`)
    for (const key of json['keys'] as string[]) keys.add(key)
    cursor = json['cursor'] === undefined ? '' : `&cursor=${json['cursor'] as string}`
    pages++
  } while (cursor !== '')
  expect(keys.size).toBe(120)
  expect(pages).toBeGreaterThan(2)

  const found = await served.ask('/entry?key=user:7')
  expect(found.json).toMatchObject({
    family: 'user:{id}',
    l1: { state: 'fresh', tags: ['people'] },
    l2: { state: 'fresh', kind: 'value', codec: expect.any(String) as string },
  })
  expect(found.json).not.toHaveProperty('value')
  expect((await served.ask('/entry?key=user:7&value=true')).json['value']).toEqual({ id: 7 })
  expect((await served.ask('/entry?key=secret&value=true')).json['code']).toBe('values-hidden')
  // Decoded once: "%2F" and "+" are part of the key.
  const odd = encodeURIComponent('a b/ü%2F+')
  const { json } = await served.ask(`/entry?key=${odd}&value=true`)
  expect(json).toMatchObject({ key: 'a b/ü%2F+', valueText: "Map(1) { 'x' => 1n }" })
  expect((await served.ask('/entry?key=a%20b/%C3%BC%252F+')).json).toMatchObject({
    l2: { state: 'fresh' },
  })
})

test('settings of a family are changed everywhere, and it is warmed and invalidated', async () => {
  await using both = await pair()
  const [{ served }, there] = both
  const load = ({ id }: { id: unknown }): string => `loaded ${String(id)}`
  const [users, peers] = both.map(({ cache }) => cache.keyspace('user:{id}', { ttl: '1h', load }))
  const path = `/family?family=${encodeURIComponent('user:{id}')}`
  const changed = await served.send('PATCH', path, { changes: { ttl: '1m', enabled: true } })
  expect(changed.json).toMatchObject({ receipt: 'everywhere', settings: { ttl: 60_000 } })
  await vi.waitFor(() => expect(peers!.settings.ttl).toBe(60_000), { timeout: 10_000 })
  const limitless = { changes: { ttl: null, hardTimeout: 'Infinity' } }
  expect((await served.send('PATCH', path, limitless)).json).toMatchObject({
    settings: { ttl: 3_600_000, hardTimeout: 'Infinity' },
  })
  const bad = await served.send('PATCH', path, { changes: { ttl: 'soon' } })
  expect(bad).toMatchObject({ status: 422, json: { code: 'refused' } })
  expect(bad.json['detail']).toContain('ttl')

  const warmed = await served.send('POST', path.replace('?', '/warm?'), {
    params: [{ id: 1 }, { id: 2 }],
  })
  expect(warmed.json).toEqual({ found: 2, missing: 0 })
  expect(users!.peek({ id: 2 })).toBe('loaded 2')
  await vi.waitFor(async () => expect(await there.cache.get('user:1')).toBe('loaded 1'), {
    timeout: 10_000,
  })
  expect((await served.drop(path)).json).toEqual({ receipt: 'everywhere' })
  await vi.waitFor(() => expect(there.cache.peek('user:1')).toBeUndefined(), { timeout: 10_000 })
  const { json } = await served.ask('/families')
  expect(json).toMatchObject({ families: [{ name: 'user:{id}', stats: { loaded: 2 } }] })
  expect((await served.ask('/family?family=nobody')).status).toBe(404)
})

test('keys of no family are warmed', async () => {
  await using both = await pair()
  const [here, there] = both
  await here.cache.set('rate', 1)
  const { json } = await there.served.send('POST', '/warm', { keys: ['rate', 'none'] })
  expect(json).toEqual({ found: 1, missing: 1 })
  expect(there.cache.peek('rate')).toBe(1)
})

test('a family whose loader fails is told as that, and not with what the source said', async () => {
  await using both = await pair()
  const [{ served, cache }] = both
  cache.keyspace('row:{id}', { load: () => Promise.reject(new Error('password of db1')) })
  const path = `/family/warm?family=${encodeURIComponent('row:{id}')}`
  const { status, json, body } = await served.send('POST', path, { params: [{ id: 1 }] })
  expect({ status, code: json['code'] }).toEqual({ status: 502, code: 'load' })
  expect(body).not.toContain('password')
})

test('the response cache is rolled out and changed while it runs, on all instances or on one', async () => {
  const namespace = `managed-${++count}`
  const begin = async () => {
    const cache = createCache({ namespace, redis: redis.url })
    await cache.ready()
    const responses = responseCache(cache)
    const route = responses.route({ name: 'products', ttl: '5m', staleIfError: '1h' })
    responses.route({ when: { rollout: () => true } })
    const served = await new Served(management(cache, { ...OPEN, responses }).node).start()
    return { cache, route, served }
  }
  const [here, there] = [await begin(), await begin()]
  await using _ = here.served
  await using __ = there.served
  await using ___ = here.cache
  await using ____ = there.cache
  const path = '/responses?route=products'
  const first = { ttl: '1m', when: { rollout: 0.25 }, store: { maxBodyBytes: '2kb' } }
  const changed = await here.served.send('PATCH', path, { changes: first })
  expect(changed.json).toEqual({
    receipt: 'everywhere',
    name: 'products',
    settings: {
      ttl: 60_000,
      staleWhileRevalidate: 0,
      staleIfError: 3_600_000,
      store: { maxBodyBytes: 2_048, validate: 0 },
      when: { rollout: 0.25, bypass: false },
    },
    said: { everywhere: first, here: {} },
  })
  await vi.waitFor(() => expect(there.route.settings.rollout).toBe(0.25), { timeout: 10_000 })

  const own = { changes: { ttl: null, when: { rollout: 1, bypass: true } }, everywhere: false }
  expect((await there.served.send('PATCH', path, own)).json).toMatchObject({
    receipt: 'here',
    settings: { ttl: 60_000, when: { rollout: 1, bypass: true } },
    said: { everywhere: first, here: { when: { rollout: 1, bypass: true } } },
  })
  expect(here.route.settings).toMatchObject({ rollout: 0.25, bypass: false })
  await there.served.send('PATCH', path, { changes: { ttl: null } })
  await vi.waitFor(() => expect(here.route.settings.ttl).toBe(300_000), { timeout: 10_000 })
  expect((await there.served.ask('/responses')).json).toMatchObject({
    routes: [
      { name: 'products', said: { everywhere: { when: { rollout: 0.25 } } } },
      { name: 'route-2', settings: { when: { rollout: 'function' } } },
    ],
  })
  for (const body of [
    first,
    { changes: { when: { rollout: 2 } } },
    { changes: { when: { skip: true } } },
    { changes: { store: { authorization: true } } },
    { changes: { store: 1 } },
    { changes: { key: { query: 'none' } } },
    { changes: { ttl: 'Infinity' } },
    { changes: {}, everywhere: 'yes' },
  ]) {
    const refused = await here.served.send('PATCH', path, body)
    expect(refused).toMatchObject({ status: 422, json: { code: 'refused' } })
  }
  const nameless = await here.served.send('PATCH', '/responses?route=route-2', {
    changes: { ttl: '1m' },
  })
  expect(nameless.json).toMatchObject({ status: 422, detail: expect.stringContaining('"name"') })

  expect((await here.served.drop('/responses?url=https://shop.example/a')).status).toBe(200)
  expect((await here.served.drop('/responses?url=nothing')).status).toBe(422)
  expect((await here.served.drop('/responses')).json).toEqual({ receipt: 'everywhere' })
})

test('readiness says that Redis is away, and the rest goes on', async () => {
  await using own = await startRedis()
  await using strict = await instance({ ...OPEN, readyWhen: 'confirmed' }, 'ready', own.url)
  await using lenient = await instance(OPEN, 'ready', own.url)
  await Promise.all([strict.cache.ready(), lenient.cache.ready()])
  await vi.waitFor(async () => {
    expect((await strict.served.ask('/health/ready')).json).toMatchObject({ status: 'ready' })
  }, 10_000)
  await own.stop()
  await vi.waitFor(
    async () => {
      const { status, json } = await strict.served.ask('/health/ready')
      expect(status).toBe(503)
      expect(json).toMatchObject({ code: 'degraded', isConfirmed: false })
      const { json: open } = await lenient.served.ask('/health/ready')
      expect(open).toMatchObject({ status: 'degraded' })
    },
    { timeout: 20_000, interval: 100 },
  )
  expect((await strict.served.ask('/health/live')).json).toEqual({ status: 'live' })
  expect((await lenient.served.ask('/stats')).json).toHaveProperty('families')
  expect((await lenient.served.ask('/keys')).json).toMatchObject({ status: 503, code: 'redis' })
  expect((await lenient.served.ask('/entry?key=x')).json).toMatchObject({ l2: 'unavailable' })
  expect((await lenient.served.drop('/entry?key=x')).json).toEqual({ receipt: 'here' })
  await strict.cache.close()
  expect((await strict.served.ask('/health/live')).status).toBe(503)
})

test('Express mounts it where it likes, also behind its parser of bodies', async () => {
  await using cache = createCache({ namespace: `managed-${++count}`, redis: redis.url })
  await cache.ready()
  const users = cache.keyspace('user:{id}', { ttl: '1h' })
  const sources: unknown[] = []
  const { node } = management(cache, {
    authorize: (request, { source }) => {
      sources.push([new URL(request.url).pathname, (source as { user?: string }).user])
      return true
    },
  })
  const app = express()
  app.use((request, _response, next) => {
    Object.assign(request, { user: 'ada' })
    next()
  })
  app.use('/parsed', express.json(), node)
  app.use('/api/cache', node)
  const server = await new Served(app).start()
  await using _ = server
  for (const mount of ['/parsed', '/api/cache']) {
    const path = `${mount}/family?family=${encodeURIComponent('user:{id}')}`
    const changed = await server.send('PATCH', path, { changes: { ttl: '3m' } })
    expect(changed.json).toMatchObject({ settings: { ttl: 180_000 } })
    expect(sources.at(-1)).toEqual([`${mount}/family`, 'ada'])
    const document = await server.ask(`${mount}/openapi.json`)
    expect(document.json).toMatchObject({ servers: [{ url: mount }] })
  }
  expect(users.settings.ttl).toBe(180_000)
  expect((await server.ask('/api/cache')).status).toBe(404)
})

test('a sweep that is cut off says so', async () => {
  await using both = await pair()
  const [{ cache }] = both
  const { fetch } = management(cache, OPEN)
  const headers = { 'x-requested-with': 'test' }
  const signal = AbortSignal.abort()
  const asked = new Request('http://localhost/keys?prefix=a', { method: 'DELETE', headers, signal })
  const answer = await fetch(asked)
  expect(answer.status).toBe(504)
  expect(await answer.json()).toMatchObject({ code: 'unfinished', dropped: 0 })
})

test('values that JSON has no words for, or too many, are shown as text', async () => {
  await using cache = createCache({ namespace: 'shown' })
  await using served = await new Served(
    management(cache, { ...OPEN, showValues: true }).node,
  ).start()
  const circle: { self?: unknown } = {}
  circle.self = circle
  let shared: unknown[] = [1]
  for (let i = 0; i < 40; i++) shared = [shared, shared] // 2^40 paths
  for (const [value, text] of [
    [circle, /^<ref \*1> \{ self: \[Circular \*1\] \}$/],
    [new Date(0), /^1970-01-01T00:00:00.000Z$/],
    [shared, /^\[/],
    ['x'.repeat(100_000), /^"x+ …$/],
    [Number.NaN, /^NaN$/],
  ] as const) {
    await cache.set('key', value)
    const { json } = await served.ask('/entry?key=key&value=true')
    expect(json['valueText']).toMatch(text)
  }
})

test('a client that leaves while it sends harms nobody', async () => {
  await using both = await pair()
  const [{ served }] = both
  for (let i = 0; i < 5; i++) {
    const socket = new Socket()
    socket.connect(served.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      'POST /warm HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"keys',
    )
    await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
  }
  expect((await served.ask('/health/live')).status).toBe(200)
})
