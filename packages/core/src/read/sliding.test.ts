import { describe, expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'
import type { Cache } from '../cache.ts'
import { settled } from '../testing/manual-clock.ts'

const stage = new ManualStage()
const SLIDING = { ttl: '100s', sliding: { window: '20s' } } as const

const MAKES: [string, () => Promise<Cache>][] = [
  ['without Redis', async () => stage.alone()],
  ['with Redis', async () => (await stage.instance()).cache],
  ['with Redis and no L1', async () => (await stage.instance({ l1: false })).cache],
]

test.each(MAKES)(
  '%s: a value that is read lives on, and ends a ttl after it is not',
  async (_, make) => {
    const cache = await make()
    let runs = 0
    const load = (): number => ++runs
    await cache.getOrSet('k', load, SLIDING)
    await settled()
    for (let i = 0; i < 20; i++) {
      await stage.clock.advance(30_000)
      expect(await cache.getOrSet('k', load, SLIDING)).toBe(1)
      await settled()
    }
    await stage.clock.advance(99_000)
    expect(await cache.get('k')).toBe(1)
    await settled()
    await stage.clock.advance(101_000)
    expect(await cache.getOrSet('k', load, SLIDING)).toBe(2)
  },
)

const STORES: [string, (cache: Cache) => Promise<unknown>][] = [
  ['set', (cache) => cache.set('k', 'v', SLIDING)],
  ['setMany', (cache) => cache.setMany([['k', 'v']], SLIDING)],
  ['update', (cache) => cache.update('k', () => 'v', SLIDING)],
  ["a keyspace's set", (cache) => cache.keyspace('{id}', SLIDING).set({ id: 'k' }, 'v')],
  [
    'write-through',
    (cache) => cache.writer({ name: 'w', write: () => {}, ...SLIDING }).set('k', 'v'),
  ],
]

describe.each(STORES)('%s', (_, store) => {
  test.each(MAKES)('%s: what it stores lives on while it is read', async (_name, make) => {
    const cache = await make()
    await store(cache)
    for (let i = 0; i < 20; i++) {
      await stage.clock.advance(30_000)
      expect(await cache.get('k')).toBe('v')
      await settled()
    }
    await stage.clock.advance(101_000)
    expect(await cache.get('k')).toBeUndefined()
  })

  test('and so on another instance, for both', async () => {
    const a = await stage.instance()
    const b = await stage.instance()
    await store(a.cache)
    for (let i = 0; i < 20; i++) {
      await stage.clock.advance(30_000)
      expect(await b.cache.get('k')).toBe('v')
      await settled()
    }
    expect(await a.cache.get('k')).toBe('v')
    expect(a.cache.stats().loads.extended).toBe(0)
    expect(b.cache.stats().loads.extended).toBe(20)
  })
})

test("a value that is set while Redis is away doesn't slide: L2 has nothing to prolong", async () => {
  const { cache } = await stage.instance()
  stage.redis.state = 'away'
  expect(await cache.set('k', 'v', SLIDING)).toBe('here')
  await stage.clock.advance(4_000)
  expect(await cache.get('k')).toBe('v')
  await stage.clock.advance(2_000)
  expect(await cache.get('k')).toBeUndefined()
})

test("l1.ttl ends the hits of a value that is set, not its life: it is L2's then", async () => {
  const { cache } = await stage.instance({ l1: { ttl: '10s' } })
  await cache.set('k', 'v', { ...SLIDING, staleWhileRevalidate: '1h' })
  await stage.clock.advance(11_000)
  stage.redis.asked.length = 0
  expect(await cache.getOrSet('k', () => 'another', { staleWhileRevalidate: '1h' })).toBe('v')
  expect(stage.redis.asked).toContain('read')
  expect(cache.stats().loads.total).toBe(0)
})

test('a counter does not slide, whatever is usual; who asks for it is told', async () => {
  for (const { cache } of [
    await stage.instance({ defaults: { sliding: true } }),
    { cache: stage.alone({ defaults: { sliding: true } }) },
  ]) {
    await cache.increment('n', 1, { ttl: '100s' })
    for (let i = 0; i < 3; i++) {
      await stage.clock.advance(30_000)
      expect(await cache.get('n')).toBe(1)
    }
    await stage.clock.advance(11_000)
    expect(await cache.get('n')).toBeUndefined()
    await expect(cache.increment('n', 1, { sliding: true })).rejects.toThrow(/^sliding: /)
  }
})

test('one command a window and instance, whatever is read', async () => {
  const a = await stage.instance()
  const b = await stage.instance()
  await a.cache.getOrSet('k', () => 'v', SLIDING)
  await settled()
  await b.cache.get('k')
  stage.redis.asked.length = 0
  for (let second = 0; second < 100; second++) {
    await stage.clock.advance(1_000)
    for (const { cache } of [a, b])
      for (let i = 0; i < 5; i++) expect(await cache.get('k')).toBe('v')
    await settled()
  }
  const asked = stage.redis.asked.filter((operation) => operation !== 'hello')
  expect(new Set(asked)).toEqual(new Set(['extend']))
  expect(asked.length).toBeLessThanOrEqual(10)
  expect(a.cache.stats().loads.extended).toBeGreaterThan(2)
})

test('what was made stale is not made fresh, nor is another value that has taken its place', async () => {
  const a = await stage.instance()
  const b = await stage.instance()
  await a.cache.getOrSet('k', () => 'v', { ...SLIDING, grace: '1h' })
  await settled()
  expect(await b.cache.get('k')).toBe('v')
  b.link.isDeaf = true
  await stage.clock.advance(30_000)
  await a.cache.expire('k')
  const ends = stage.redis.stored('k')?.readDoubleBE(0)
  await b.cache.get('k')
  await settled()
  expect(stage.redis.stored('k')?.readDoubleBE(0)).toBe(ends)
  await a.cache.set('k', 'other', { ttl: '50s' })
  const left = stage.redis.remaining('k')
  await stage.clock.advance(1_000)
  await b.cache.get('k')
  await settled()
  expect(stage.redis.remaining('k')).toBe(left - 1_000)
})

test('what a tag or a clear has invalidated is not kept alive', async () => {
  const { cache, link } = await stage.instance()
  const other = await stage.instance()
  for (const drop of [() => other.cache.invalidateTags(['t']), () => other.cache.clear()]) {
    link.isDeaf = false
    await cache.getOrSet('k', () => 'v', { ...SLIDING, tags: ['t'] })
    await settled()
    link.isDeaf = true
    await stage.clock.advance(500)
    await drop()
    const ends = stage.redis.stored('k')?.readDoubleBE(0)
    await cache.get('k')
    await settled()
    expect(stage.redis.stored('k')?.readDoubleBE(0)).toBe(ends)
    await stage.clock.advance(60_000)
  }
})

test('the absent do not slide', async () => {
  const cache = stage.alone()
  let runs = 0
  const none = (): undefined => void runs++
  const options = { ...SLIDING, negativeTtl: '10s' } as const
  for (let i = 0; i < 4; i++) {
    await cache.getOrSet('k', none, options)
    await stage.clock.advance(5_000)
  }
  expect(runs).toBe(2)
})
