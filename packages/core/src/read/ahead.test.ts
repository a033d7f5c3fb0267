import { expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'
import { settled } from '../testing/manual-clock.ts'

const stage = new ManualStage()
const TTL = { ttl: '100s' } as const

/** A loader that takes `ms` of the stage's clock, and answers with how often it ran. */
function slow(ms: number): { (): Promise<number>; runs: number } {
  const load = async (): Promise<number> => {
    const run = ++load.runs
    await new Promise<void>((resolve) => stage.clock.after(ms, resolve))
    return run
  }
  load.runs = 0
  return load
}

const MAKES: [string, () => Promise<Awaited<ReturnType<typeof stage.instance>>['cache']>][] = [
  ['without Redis', async () => stage.alone()],
  ['with Redis', async () => (await stage.instance()).cache],
  ['with Redis and no L1', async () => (await stage.instance({ l1: false })).cache],
]

test.each(MAKES)(
  '%s: a value is loaded anew before its end, behind the reader',
  async (_, make) => {
    const cache = await make()
    const load = slow(1_000)
    stage.clock.chance = 1 - Math.exp(-5) // five times the cost before the end
    const first = cache.getOrSet('k', load, TTL)
    await stage.clock.advance(1_000)
    expect(await first).toBe(1)
    await stage.clock.advance(93_000)
    expect(await cache.getOrSet('k', load, TTL)).toBe(1)
    expect(load.runs).toBe(1)
    await stage.clock.advance(3_000)
    expect(cache.peek('k') ?? 1).toBe(1)
    expect(await cache.get('k')).toBe(1)
    for (let i = 0; i < 3; i++) expect(await cache.getOrSet('k', load, TTL)).toBe(1)
    await settled()
    expect(load.runs).toBe(2)
    await stage.clock.advance(1_000)
    expect(await cache.getOrSet('k', load, TTL)).toBe(2)
  },
)

test.each<[string, object, number]>([
  ['it takes no time', TTL, 0],
  ['it lives shorter than 10 s', { ttl: '9s' }, 1_000],
  ['it is not wanted', { ...TTL, earlyRefresh: false }, 1_000],
])('not if %s', async (_, options, cost) => {
  const { cache } = await stage.instance()
  const load = slow(cost)
  stage.clock.chance = 0.999_999
  const first = cache.getOrSet('k', load, options)
  await stage.clock.advance(cost)
  await first
  await stage.clock.advance((options as { ttl: string }).ttl === '9s' ? 7_500 : 98_500)
  expect(await cache.getOrSet('k', load, options)).toBe(1)
  await settled()
  expect(load.runs).toBe(1)
})

test('in the last tenth of its ttl only, however long the load took', async () => {
  const { cache } = await stage.instance()
  const load = slow(20_000)
  stage.clock.chance = 0.999_999
  const first = cache.getOrSet('k', load, TTL)
  await stage.clock.advance(20_000)
  await first
  await stage.clock.advance(69_000)
  await cache.getOrSet('k', load, TTL)
  expect(load.runs).toBe(1)
  await stage.clock.advance(1_500)
  await cache.getOrSet('k', load, TTL)
  await settled()
  expect(load.runs).toBe(2)
  await stage.clock.advance(20_000)
})

test('of two instances one loads, and the other takes what it brought', async () => {
  const a = await stage.instance()
  const b = await stage.instance()
  const load = slow(1_000)
  stage.clock.chance = 1 - Math.exp(-5)
  const first = a.cache.getOrSet('k', load, TTL)
  await stage.clock.advance(1_000)
  await first
  expect(await b.cache.getOrSet('k', load, TTL)).toBe(1)
  await stage.clock.advance(96_000)
  const reads = [a, b].map(({ cache }) => cache.getOrSet('k', load, TTL))
  expect(await Promise.all(reads)).toEqual([1, 1])
  await stage.clock.advance(1_500)
  for (const { cache } of [a, b]) await cache.getOrSet('k', load, TTL)
  await settled()
  expect(await Promise.all([a, b].map(({ cache }) => cache.getOrSet('k', load, TTL)))).toEqual([
    2, 2,
  ])
  expect(load.runs).toBe(2)
})

test('a value with an l1.ttl is asked of L2 when that is over, and refreshed by its own end', async () => {
  const { cache } = await stage.instance({ l1: { ttl: '30s' } })
  const load = slow(1_000)
  stage.clock.chance = 1 - Math.exp(-5)
  const first = cache.getOrSet('k', load, TTL)
  await stage.clock.advance(1_000)
  await first
  for (let i = 0; i < 3; i++) {
    await stage.clock.advance(31_000)
    stage.redis.asked.length = 0
    expect(await cache.getOrSet('k', load, TTL)).toBe(1)
    expect(stage.redis.asked).toContain('read')
  }
  expect(load.runs).toBe(1)
  await stage.clock.advance(3_000)
  expect(await cache.getOrSet('k', load, TTL)).toBe(1)
  await settled()
  expect(load.runs).toBe(2)
  await stage.clock.advance(1_000)
})

test('failed refreshes are tried less and less, and never keep a value beyond its grace', async () => {
  const { cache } = await stage.instance()
  const options = { ttl: '10s', grace: '60s' } as const
  await cache.set('k', 'old', options)
  let runs = 0
  const fail = (): never => {
    runs++
    throw new Error('the source is down')
  }
  await stage.clock.advance(10_000)
  const begun: number[] = []
  for (let second = 0; second < 60; second++) {
    const before = runs
    expect(await cache.getOrSet('k', fail, options)).toBe('old')
    if (runs > before) begun.push(second)
    await stage.clock.advance(1_000)
  }
  expect(begun).toEqual([0, 1, 3, 7, 15, 31])
  await expect(cache.getOrSet('k', fail, options)).rejects.toThrow('the source is down')
  expect(await cache.getOrSet('k', () => 'new', options)).toBe('new')
})

test('who waits for one failing load together counts it once', async () => {
  const cache = stage.alone()
  const options = { ttl: '10s', grace: '60s' } as const
  await cache.set('k', 'old', options)
  await stage.clock.advance(10_000)
  const fail = (): Promise<never> => Promise.reject(new Error('no'))
  await Promise.all(Array.from({ length: 20 }, () => cache.getOrSet('k', fail, options)))
  await stage.clock.advance(1_000)
  expect(await cache.getOrSet('k', () => 'new', options)).toBe('new')
})
