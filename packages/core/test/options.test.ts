import { expect, test } from 'vitest'
import { createCache } from '../src/index.ts'
import { DEFAULTS } from '../src/options.ts'
import { Caches } from './support-unit/caches.ts'
import { ManualStage } from './support-unit/manual-stage.ts'

const caches = new Caches()
const stage = new ManualStage()

function fail(): never {
  throw new Error('no')
}

test('a namespace is all that a cache needs', async () => {
  await using cache = createCache({ namespace: 'shop' })
  expect(await cache.getOrSet('k', () => 'v')).toBe('v')
})

test('defaults of the cache hold where a call says nothing, and give way where it does', async () => {
  const cache = stage.alone({ defaults: { ttl: '10s', grace: '1m', negativeTtl: '5s' } })
  await cache.set('default', 1)
  await cache.set('own', 1, { ttl: '20s' })
  await cache.getOrSet('none', () => undefined)
  await stage.clock.advance(4_000)
  expect(cache.stats().l1.entries).toBe(3)
  let runs = 0
  await cache.getOrSet('none', () => runs++)
  expect(runs).toBe(0)
  await stage.clock.advance(6_000)
  expect([cache.peek('default'), cache.peek('own')]).toEqual([undefined, 1])
  expect(await cache.getOrSet('default', fail)).toBe(1)
  await expect(cache.getOrSet('default', fail, { grace: 0 })).rejects.toThrow('no')
})

test('the documented defaults are those that hold', async () => {
  expect(Object.isFrozen(DEFAULTS)).toBe(true)
  const cache = stage.alone({ defaults: { jitter: 0 } })
  await cache.set('k', 1)
  await stage.clock.advance(299_999)
  expect(cache.peek('k')).toBe(1)
  await stage.clock.advance(1)
  expect(cache.peek('k')).toBeUndefined()
})

test('a default ttl is shortened by up to a tenth, so that entries do not end together', async () => {
  const cache = stage.alone({ defaults: { jitter: DEFAULTS.defaults.jitter } })
  stage.clock.chance = 0.999_999
  await cache.set('k', 1)
  await stage.clock.advance(269_000)
  expect(cache.peek('k')).toBe(1)
  await stage.clock.advance(2_000)
  expect(cache.peek('k')).toBeUndefined()
})

test('a namespace of the cache has the options of the cache', async () => {
  const part = stage.alone({ defaults: { ttl: '10s' } }).namespace('part')
  await part.set('k', 1)
  await stage.clock.advance(9_000)
  expect(part.peek('k')).toBe(1)
  await stage.clock.advance(1_000)
  expect(part.peek('k')).toBeUndefined()
})

test('trust in L1 ends with the bound when Redis is away, and entries of its own with it', async () => {
  const { cache } = await stage.instance({ coherence: { maxStaleness: '2s', beat: '500ms' } })
  await cache.set('k', 'old', { ttl: '1h' })
  stage.redis.state = 'away'
  await stage.clock.advance(1_400)
  expect(cache.peek('k')).toBe('old')
  await stage.clock.advance(700)
  expect(cache.peek('k')).toBeUndefined()
  expect(cache.stats().coherence.isConfirmed).toBe(false)
  expect(await cache.getOrSet('k', () => 'loaded alone', { ttl: '1h' })).toBe('loaded alone')
  await stage.clock.advance(1_900)
  expect(cache.peek('k')).toBe('loaded alone')
  await stage.clock.advance(200)
  expect(cache.peek('k')).toBeUndefined()
})

test('a wait for Redis is no longer than its timeout', async () => {
  const { cache } = await stage.instance({ l2: { timeout: '100ms' } })
  stage.redis.state = 'silent'
  const read = cache.getOrSet('k', () => 'loaded alone')
  let answer: string | undefined
  void read.then((value) => {
    answer = value
  })
  await stage.clock.advance(99)
  expect(answer).toBeUndefined()
  await stage.clock.advance(1)
  expect(answer).toBe('loaded alone')
})

test('a wait for the instance that loads is no longer than asked for', async () => {
  const [a, b] = [
    await stage.instance(),
    await stage.instance({ l2: { leaseWait: '300ms', leaseTtl: '10s' } }),
  ]
  const never = a.cache.getOrSet('k', () => new Promise(() => {})).catch(() => 'given up')
  await stage.clock.advance(0)
  let answer: string | undefined
  void b.cache
    .getOrSet('k', () => 'loaded here')
    .then((value) => {
      answer = value
    })
  await stage.clock.advance(299)
  expect(answer).toBeUndefined()
  await stage.clock.advance(2)
  expect(answer).toBe('loaded here')
  await stage.clock.advance(30_000)
  expect(await never).toBe('given up')
})

test('the right to load ends with the lease, so that a leader that died holds nobody up', async () => {
  const options = { l2: { leaseTtl: '200ms', leaseWait: '10s' } } as const
  const [a, b] = [await stage.instance(options), await stage.instance(options)]
  const never = a.cache.getOrSet('k', () => new Promise(() => {})).catch(() => 'given up')
  await stage.clock.advance(0)
  let answer: string | undefined
  void b.cache
    .getOrSet('k', () => 'loaded here')
    .then((value) => {
      answer = value
    })
  await stage.clock.advance(600)
  expect(answer).toBe('loaded here')
  await stage.clock.advance(30_000)
  expect(await never).toBe('given up')
})

test('limits of L1 are kept', async () => {
  const cache = await caches.make({ l1: { maxEntries: 2, maxBytes: '1mb' } })
  for (const key of ['a', 'b', 'c']) await cache.set(key, key)
  expect(cache.stats().l1).toMatchObject({ entries: 2, evictions: 1 })
  expect(cache.stats().l1.bytes).toBeGreaterThan(0)
})
