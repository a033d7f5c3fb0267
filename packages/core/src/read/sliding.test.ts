import { expect, test } from 'vitest'
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
