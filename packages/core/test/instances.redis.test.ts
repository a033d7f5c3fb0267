import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cache, type CacheOptions, entry } from '../src/index.ts'
import { held } from '../src/testing/held.ts'
import { Caches } from './support-unit/caches.ts'
import { hear } from './support-unit/records.ts'
import { until } from '@tiercel/dev-redis'

let redis: DevRedis
const caches = new Caches(() => redis.url)

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(() => redis.stop())

/** Two instances that hear each other. */
async function pair(options: Partial<CacheOptions> = {}): Promise<[Cache, Cache]> {
  using records = hear(caches.namespace)
  const made: [Cache, Cache] = [await caches.make(options), await caches.make(options)]
  await until('both subscriptions', () => {
    return records.heard.filter(({ state }) => state === 'subscribed').length === 2
  })
  return made
}

/** Waits until what was loaded by one is found by another, without a loader. */
async function shared(cache: Cache, key: string): Promise<void> {
  await until(`${key} to be shared`, () => cache.has(key))
}

/** Puts `k` into every tier of both, with tag `t`. */
async function everywhere(a: Cache, b: Cache, value: unknown = 'old'): Promise<void> {
  await a.set('k', value, { tags: ['t'], ttl: '1h', grace: '1h' })
  expect([await a.get('k'), await b.get('k')]).toEqual([value, value])
}

function failing(): never {
  throw new Error('the source is down')
}

describe('what one instance stores', () => {
  test('is found by the other, whether it was set or loaded, one by one or together', async () => {
    const [a, b] = await pair()
    await a.set('set', { n: 1 }, { ttl: '1h' })
    await a.setMany(Array.from({ length: 300 }, (_, i) => [`many-${i}`, i]))
    await a.getOrSet('loaded', () => ({ n: 2 }))
    await shared(b, 'loaded')
    expect(await b.get('set')).toEqual({ n: 1 })
    expect(await b.getOrSet('loaded', failing)).toEqual({ n: 2 })
    expect((await b.getMany(Array.from({ length: 300 }, (_, i) => `many-${i}`))).size).toBe(300)
  })

  test.each([[0], [''], [false], [null]])('may be %o: that is a value there too', async (value) => {
    const [a, b] = await pair()
    await a.set('k', value)
    expect(await b.has('k')).toBe(true)
    expect(await b.getOrSet<unknown>('k', failing)).toBe(value)
  })

  test('may be that there is none, and is not asked for again by the other', async () => {
    const [a, b] = await pair()
    await a.getOrSet('k', () => undefined, { negativeTtl: '1h' })
    await until('the fill', () => a.stats().loads.underway === 0)
    expect(await b.getOrSet<unknown>('k', failing)).toBeUndefined()
    expect(await b.has('k')).toBe(false)
    expect(b.stats().reads.loaded).toBe(0)
  })

  test('replaces what the other holds', async () => {
    const [a, b] = await pair()
    await a.set('k', 1)
    expect(await b.get('k')).toBe(1)
    await a.set('k', 2)
    await until('b to hear of it', () => b.peek('k') === undefined)
    expect(await b.get('k')).toBe(2)
    await b.set('k', 3)
    await until('a to hear of it', () => a.peek('k') === undefined)
    expect(await a.get('k')).toBe(3)
  })

  test('says nothing to the other when it was loaded: what is new to L2 invalidates nothing', async () => {
    const [a, b] = await pair()
    await a.getOrSet('k', () => 1)
    await shared(b, 'k')
    await a.set('marker', 1)
    await until('the message of the set', () => b.stats().coherence.messages > 0)
    expect(b.stats().coherence.messages).toBe(1)
  })

  test('lives in L1 of the other no longer than in Redis', async () => {
    const [a, b] = await pair()
    await until('b to read it in time', async () => {
      await a.set('k', 'v', { ttl: '100ms' })
      return (await b.get('k')) === 'v'
    })
    // L1 ends early rather than late, and then Redis is asked.
    await until('both tiers to end', async () => (await b.get('k')) === undefined)
    expect(b.peek('k')).toBeUndefined()
  })
})

describe('what one instance drops', () => {
  test.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['by delete', (cache) => cache.delete('k')],
    ['by deleteMany', (cache) => cache.deleteMany(['j', 'k'])],
    ['by expire', (cache) => cache.expire('k')],
    ['by a tag', (cache) => cache.invalidateTags(['s', 't'])],
    ['by clear', (cache) => cache.clear()],
  ])('%s is gone from the other, and from L2', async (_, drop) => {
    const [a, b] = await pair()
    await everywhere(a, b)
    expect(await drop(a)).toBe('everywhere')
    expect(a.peek('k')).toBeUndefined()
    await until('b to hear of it', () => b.peek('k') === undefined)
    expect([await a.get('k'), await b.get('k')]).toEqual([undefined, undefined])
    expect(await b.getOrSet('k', () => 'new')).toBe('new')
    await shared(a, 'k')
    expect(await a.get('k')).toBe('new')
  })

  test('by expire is there still for its grace, on both', async () => {
    const [a, b] = await pair()
    await everywhere(a, b)
    await a.expire('k')
    await until('b to hear of it', () => b.peek('k') === undefined)
    expect(await b.getOrSet('k', failing, { grace: '1h' })).toBe('old')
    expect(await a.getOrSet('k', failing, { grace: '1h' })).toBe('old')
    await expect(a.getOrSet('k', failing)).rejects.toThrow('the source is down')
  })

  test.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['by delete', (cache) => cache.delete('k')],
    ['by a tag', (cache) => cache.invalidateTags(['t'])],
    ['by clear', (cache) => cache.clear()],
  ])('%s is not there for its grace: it is known to be wrong', async (_, drop) => {
    const [a, b] = await pair()
    await everywhere(a, b)
    await drop(a)
    for (const cache of [a, b]) {
      await until('it to be heard of', () => cache.peek('k') === undefined)
      await expect(cache.getOrSet('k', failing, { grace: '1h' })).rejects.toThrow('down')
    }
  })

  test('by a tag that only the loader knew is gone from the other too', async () => {
    const [a, b] = await pair()
    await a.getOrSet('k', () => entry('v', { tags: ['from the value'] }))
    await shared(b, 'k')
    await b.invalidateTags(['from the value'])
    expect(await b.get('k')).toBeUndefined()
    await until('a to hear of it', () => a.peek('k') === undefined)
    expect(await a.get('k')).toBeUndefined()
  })

  test("by a namespace's clear leaves the other namespaces, on both", async () => {
    const [a, b] = await pair()
    const [users, orders] = [a.namespace('users'), a.namespace('orders')]
    for (const own of [a, users, orders]) await own.set('k', 1)
    const elsewhere = [b, b.namespace('users'), b.namespace('orders')]
    for (const own of elsewhere) expect(await own.get('k')).toBe(1)
    await users.clear()
    await until('b to hear of it', () => elsewhere[1]?.peek('k') === undefined)
    expect(await Promise.all(elsewhere.map((own) => own.get('k')))).toEqual([1, undefined, 1])
    expect(await Promise.all([a, users, orders].map((own) => own.get('k')))).toEqual([
      1,
      undefined,
      1,
    ])
  })

  test('while the other loads it does not come back by that load', async () => {
    const [a, b] = await pair()
    const source = held<string>()
    const begun = held<void>()
    const reading = b.getOrSet('k', () => {
      begun.resolve()
      return source.promise
    })
    await begun.promise
    await a.delete('k')
    source.resolve('old')
    expect(await reading).toBe('old')
    await until('the load to end', () => b.stats().loads.underway === 0)
    expect([await a.get('k'), await b.get('k')]).toEqual([undefined, undefined])
    expect(b.stats().loads.fillsRefused).toBe(1)
  })
})

test('rich data are the same from L1 of the one and from L2 by the other', async () => {
  const [a, b] = await pair()
  const value = {
    date: new Date(1_767_323_045_678),
    map: new Map<unknown, unknown>([['k', new Set([1n, 'x'])]]),
    big: -(2n ** 70n),
    buffer: Buffer.from('bytes'),
    floats: new Float32Array([0.5]),
    nested: { list: [null, { at: new Date(0) }] },
  }
  await a.getOrSet('k', () => value)
  await shared(b, 'k')
  expect(await b.get('k')).toEqual(await a.get('k'))
  expect(await b.get('k')).toEqual(value)
  expect(await b.getMany(['k'])).toEqual(await a.getMany(['k']))
})

test('a key is loaded once by all who ask for it on two instances', async () => {
  const [a, b] = await pair({ l2: { timeout: '5s', leaseWait: '10s' } })
  const source = held<string>()
  let runs = 0
  const load = (): Promise<string> => {
    runs++
    return source.promise
  }
  const reads = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? a : b).getOrSet('k', load))
  await until('one to wait for the other', () => {
    return a.stats().loads.leaseWaits + b.stats().loads.leaseWaits > 0
  })
  source.resolve('v')
  expect(await Promise.all(reads)).toEqual(Array(20).fill('v'))
  expect(runs).toBe(1)
})

test('caches of different namespaces share a Redis and nothing else', async () => {
  const [a] = await pair()
  const other = await caches.make({ namespace: `${caches.namespace}-other` })
  await a.set('k', 1, { tags: ['t'] })
  await other.set('k', 2, { tags: ['t'] })
  expect([await a.get('k'), await other.get('k')]).toEqual([1, 2])
  await other.invalidateTags(['t'])
  await other.clear()
  expect(await a.get('k')).toBe(1)
  expect(a.stats().coherence.messages).toBeLessThanOrEqual(1)
})

describe('over several shards', () => {
  const shards = { coherence: { shards: 4 } } as const

  test('keys, tags and clear work as over one', async () => {
    const [a, b] = await pair(shards)
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`)
    await a.setMany(
      keys.map((key) => [key, key]),
      { tags: ['t'] },
    )
    expect([...(await b.getMany(keys))]).toEqual(keys.map((key) => [key, key]))
    await a.deleteMany(keys.slice(0, 10))
    await until('b to hear of it', () =>
      keys.slice(0, 10).every((key) => b.peek(key) === undefined),
    )
    expect((await b.getMany(keys)).size).toBe(30)
    await b.invalidateTags(['t'])
    await until('a to hear of it', () => keys.every((key) => a.peek(key) === undefined))
    expect((await a.getMany(keys)).size).toBe(0)
    const loaded = await a.getOrSetMany(keys, (missing) => {
      expect(missing).toHaveLength(40)
      return missing.map((key) => [key, 'loaded'])
    })
    expect([...loaded.keys()]).toEqual(keys)
    await a.clear()
    expect((await a.getMany(keys)).size).toBe(0)
  })

  test('the keys are spread, and no instance with another count reads them', async () => {
    const [a] = await pair(shards)
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`)
    await a.setMany(keys.map((key) => [key, key]))
    const one = await caches.make()
    expect((await one.getMany(keys)).size).toBe(0)
    await one.set('k0', 'of one')
    expect(await a.get('k0')).toBe('k0')
  })
})

test('what an instance hears from the other is reported as from a peer, its own as from here', async () => {
  const [a, b] = await pair()
  await a.set('k', 1)
  await b.get('k')
  using records = hear(caches.namespace)
  await a.delete('k')
  await until('b to hear of it', () => b.peek('k') === undefined)
  const origins = records.heard
    .filter(({ on, keys }) => on === 'invalidation' && String(keys) === 'k')
    .map(({ origin }) => origin)
  expect(new Set(origins)).toEqual(new Set(['here', 'peer']))
})
