import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { promisify } from 'node:util'
import { Cluster, Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { type CacheOptions, ConfigError, createCache } from '../src/index.ts'
import { Caches } from './support-unit/caches.ts'

/*
 * Bad keys, tags and options of calls are in `support-unit/surface.ts`, which runs on every topology;
 * bad options of a cache are in `src/settings.test.ts`. Here is what remains: what looks bad and is not,
 * and what is worse than bad.
 */

const caches = new Caches()

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['text', 'shop'],
  ['no namespace', {}],
  ['a namespace with braces', { namespace: '{shop}' }],
  ['an unknown option', { namespace: 'shop', ttl: '5m' }],
  ['an unknown option in a group', { namespace: 'shop', l1: { maxItems: 5 } }],
  ['a URL that is empty', { namespace: 'shop', redis: '' }],
  ['a number for Redis', { namespace: 'shop', redis: 6379 }],
])('a cache of %s is not made: the error is thrown, since nobody awaits it', (_, options) => {
  expect(() => createCache(options as CacheOptions)).toThrow(ConfigError)
})

test('a client with a prefix of its own is refused, as scripts would miss it', () => {
  const client = new Redis({ lazyConnect: true, keyPrefix: 'app:' })
  expect(() => createCache({ namespace: 'shop', redis: client })).toThrow(/keyPrefix/)
})

test.each<[string, CacheOptions['redis']]>([
  ['scaleReads', new Cluster(['127.0.0.1:1'], { lazyConnect: true, scaleReads: 'slave' })],
  ['scaleReads', { nodes: ['127.0.0.1:1'], options: { lazyConnect: true, scaleReads: 'all' } }],
  ['role', { sentinels: [{ port: 1 }], name: 'main', role: 'slave', lazyConnect: true }],
])('reading from replicas is refused, as they may be behind: %s', (option, redis) => {
  expect(() => createCache({ namespace: 'shop', redis })).toThrow(new RegExp(option))
})

test('options with a prefix are refused too, and leave no connection that keeps a process alive', async () => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const code = `
    import { createCache } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
    try {
      createCache({ namespace: 'shop', redis: 'redis://127.0.0.1:${port}?keyPrefix=app:' })
    } catch (error) {
      console.log(error.message)
    }`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@tiercel/source', '--input-type=module', '--eval', code],
    { timeout: 10_000 },
  )
  expect(stdout).toMatch(/keyPrefix/)
  server.close()
})

test.each([
  ['__proto__'],
  ['constructor'],
  ['toString'],
  ['hasOwnProperty'],
  ['m'],
  ['log'],
  [' '],
  ['a b'],
  ['*'],
  ['{a}:{b}'],
  ['k"ey\\'],
  ['\u2028'],
  ['\ufeff'],
  ['日本語😀'],
  ['x'.repeat(1_024)],
])('%j is a key and a tag like any other', async (name) => {
  const cache = await caches.make()
  await cache.set(name, 1, { tags: [name] })
  expect(await cache.getMany([name, 'other'])).toEqual(new Map([[name, 1]]))
  await cache.invalidateTags([name])
  expect(await cache.has(name)).toBe(false)
})

test('options may be frozen, have no prototype, or be shared by many calls', async () => {
  const cache = await caches.make()
  const bare = Object.assign(Object.create(null) as object, { ttl: '1h', tags: ['t'] } as const)
  const frozen = Object.freeze({ ttl: '1h', tags: Object.freeze(['t']) } as const)
  for (const options of [bare, frozen]) {
    await cache.set('k', 1, options)
    expect(await cache.getOrSet('k', () => 2, options)).toBe(1)
    await cache.invalidateTags(['t'])
  }
  expect(frozen).toEqual({ ttl: '1h', tags: ['t'] })
})

test('options that change after a call do not change what was stored', async () => {
  const cache = await caches.make()
  const options = { tags: ['t'] }
  await cache.set('k', 1, options)
  options.tags.push('u')
  await cache.invalidateTags(['u'])
  expect(await cache.get('k')).toBe(1)
})

test("an error that the getter of an option throws is the caller's own", async () => {
  const cache = await caches.make()
  const options = {
    get ttl(): number {
      throw new RangeError('own')
    },
  }
  await expect(cache.set('k', 1, options)).rejects.toThrow(RangeError)
  expect(await cache.has('k')).toBe(false)
})

test.each<[string, () => unknown]>([
  ['no function', 5 as unknown as () => unknown],
  [
    'a function that answers itself',
    function self() {
      return self
    },
  ],
  [
    'a thenable that fails',
    // oxlint-disable-next-line unicorn/no-thenable -- a loader may answer one
    () => ({ then: (_: unknown, fail: (e: Error) => void) => fail(new Error('then')) }),
  ],
])('a loader that is %s harms no other read', async (_, load) => {
  const cache = await caches.make()
  await cache.getOrSet('k', load).catch(() => {})
  await cache.delete('k')
  expect(await cache.getOrSet('k', () => 'well')).toBe('well')
  expect(cache.stats().loads.underway).toBe(0)
})

test.each<[string, unknown]>([
  ['no pairs', { a: 1 }],
  ['pairs that are none', [5]],
  ['a number', 5],
])('a bulk loader that answers %s fails the read, and harms no other', async (_, answer) => {
  const cache = await caches.make()
  const load = (): [] => answer as []
  await expect(cache.getOrSetMany(['a', 'b'], load)).rejects.toMatchObject({
    cause: expect.any(TypeError) as TypeError,
  })
  expect(await cache.getOrSetMany(['a'], (keys) => keys.map((key) => [key, 1]))).toEqual(
    new Map([['a', 1]]),
  )
})

function* breakingOff(): Generator<readonly [string, number]> {
  yield ['a', 1]
  throw new Error('half way')
}

test('a bulk loader that throws half way through its pairs fails the read whole', async () => {
  const cache = await caches.make()
  await expect(cache.getOrSetMany(['a', 'b'], breakingOff)).rejects.toThrow('half way')
  expect(await cache.has('a')).toBe(false)
})

function trapped(): object {
  return {
    get trap(): never {
      throw new Error('trap')
    },
  }
}

test('a value with getters that throw is the trouble of who brings it, and of nobody else', async () => {
  const cache = await caches.make()
  await expect(cache.set('k', trapped())).rejects.toThrow('trap')
  await expect(cache.getOrSet('k', trapped)).rejects.toThrow('trap')
  expect(await cache.getOrSet('k', () => 'well')).toBe('well')
})

function listener(): never {
  throw new Error('of a listener')
}

test('a listener that throws does not fail the call that it heard of', async () => {
  const { subscribe, unsubscribe } = await import('node:diagnostics_channel')
  const { CHANNELS } = await import('../src/index.ts')
  const cache = await caches.make()
  const errors: unknown[] = []
  const caught = (error: unknown): void => void errors.push(error)
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', caught)
  for (const name of Object.values(CHANNELS)) subscribe(name, listener)
  try {
    await cache.set('k', 1)
    expect(await cache.get('k')).toBe(1)
    expect(await cache.getOrSet('l', () => 2)).toBe(2)
    await new Promise(setImmediate)
  } finally {
    for (const name of Object.values(CHANNELS)) unsubscribe(name, listener)
    process.off('uncaughtException', caught)
    for (const other of others) process.on('uncaughtException', other)
  }
  expect(errors.length).toBeGreaterThan(3)
})
