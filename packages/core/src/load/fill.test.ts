import { expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'
import { hear } from '../../test/support-unit/records.ts'
import type { Limiter } from './limiter.ts'
import { held } from '../testing/held.ts'
import { settled } from '../testing/manual-clock.ts'

const stage = new ManualStage()

/** What is heard of loads. */
function loadsIn({ heard }: ReturnType<typeof hear>): unknown[] {
  return heard.filter(({ on }) => on === 'load').map(({ key, outcome }) => [key, outcome])
}

test('a value is in L1 at once, and in L2 with the number that was read before its load', async () => {
  const { cache } = await stage.instance()
  const source = held<string>()
  const reading = cache.getOrSet('k', () => source.promise)
  await settled()
  const { seq } = stage.redis.meta
  await cache.set('other', 1)
  source.resolve('v')
  await reading
  expect(cache.peek('k')).toBe('v')
  await settled()
  expect(stage.redis.stored('k')?.readDoubleBE(8)).toBe(seq)
})

test('a value that Redis could not be given is kept here alone', async () => {
  const { cache } = await stage.instance()
  using records = hear('test')
  const source = held<string>()
  const reading = cache.getOrSet('k', () => source.promise)
  await settled()
  stage.redis.state = 'away'
  source.resolve('v')
  expect(await reading).toBe('v')
  await settled()
  expect(cache.peek('k')).toBe('v')
  expect(loadsIn(records)).toEqual([['k', 'isolated']])
})

test('a value that was invalidated while it was loaded is kept nowhere', async () => {
  const a = await stage.instance()
  const b = await stage.instance()
  for (const drop of [
    () => b.cache.delete('k'),
    () => b.cache.invalidateTags(['t']),
    () => b.cache.clear(),
  ]) {
    using records = hear('test')
    const source = held<string>()
    const reading = a.cache.getOrSet('k', () => source.promise, { tags: ['t'] })
    await settled()
    await drop()
    source.resolve('old')
    expect(await reading).toBe('old')
    await settled()
    expect(a.cache.peek('k')).toBeUndefined()
    expect(stage.redis.stored('k')).toBeUndefined()
    expect(loadsIn(records)).toEqual([['k', 'refused']])
  }
  expect(a.cache.stats().loads.fillsRefused).toBe(3)
})

test('a value that only L2 knows to be invalidated leaves L1 again', async () => {
  const a = await stage.instance()
  const b = await stage.instance()
  const source = held<string>()
  const reading = a.cache.getOrSet('k', () => source.promise)
  await settled()
  a.link.isDeaf = true
  await b.cache.delete('k')
  source.resolve('old')
  expect(await reading).toBe('old')
  await settled()
  expect(a.cache.peek('k')).toBeUndefined()
})

test('a value that enters L1 only once it is stored bears the number of its fill, not of what came since', async () => {
  const a = await stage.instance()
  const b = await stage.instance()
  const fill = a.link.l2.fill.bind(a.link.l2)
  const reply = held<void>()
  a.link.l2.fill = async (...args) => {
    const filled = await fill(...args)
    await reply.promise
    return filled
  }
  await b.cache.set('other', 1, { tags: ['t'] }) // so that the tag has a record
  const load = async (key: string): Promise<void> => {
    const source = held<string>()
    const reading = a.cache.getOrSet(key, () => source.promise, { tags: ['t'] })
    await settled()
    await b.cache.invalidateTags(['another']) // which the load can't know to be none of its own
    source.resolve('v')
    await reading
    await settled()
    expect(a.cache.peek(key)).toBeUndefined()
  }
  await load('deleted')
  await b.cache.delete('deleted')
  await load('left')
  reply.resolve()
  await settled()
  expect(a.cache.peek('deleted')).toBeUndefined()
  expect(a.cache.peek('left')).toBe('v')
})

test('a value whose numbering was left while it was loaded is kept nowhere', async () => {
  const { cache } = await stage.instance()
  using records = hear('test')
  const source = held<string>()
  const reading = cache.getOrSet('k', () => source.promise)
  await settled()
  stage.redis.flushAll()
  await stage.clock.advance(2_000)
  source.resolve('old')
  expect(await reading).toBe('old')
  await settled()
  expect(cache.peek('k')).toBeUndefined()
  expect(stage.redis.stored('k')).toBeUndefined()
  expect(loadsIn(records)).toEqual([['k', 'refused']])
})

test('a value is not sent while an invalidation of it waits here for Redis to be back', async () => {
  const { cache } = await stage.instance()
  const source = held<string>()
  const reading = cache.getOrSet('k', () => source.promise)
  await settled()
  stage.redis.state = 'away'
  expect(await cache.delete('k')).toBe('here')
  stage.redis.state = 'well'
  stage.redis.asked.length = 0
  source.resolve('old')
  await reading
  await settled()
  expect(stage.redis.asked).not.toContain('fill')
  await stage.clock.advance(2_000)
  expect(stage.redis.stored('k')).toBeUndefined()
})

test('a load that fails, or brings nothing, gives the right to load back for the next', async () => {
  const a = await stage.instance()
  const b = await stage.instance()
  await a.cache
    .getOrSet('k', () => {
      throw new Error('no')
    })
    .catch(() => {})
  await settled()
  expect(await b.cache.getOrSet('k', () => undefined)).toBeUndefined()
  await settled()
  expect(await a.cache.getOrSet('k', () => 'v')).toBe('v')
  expect([a, b].map(({ cache }) => cache.stats().loads.leaseWaits)).toEqual([0, 0])
})

test('a refresh is left to the instance that has begun it', async () => {
  const a = await stage.instance()
  const b = await stage.instance()
  const options = { ttl: '10s', staleWhileRevalidate: '1m' } as const
  await a.cache.set('k', 'old', options)
  await b.cache.get('k')
  await stage.clock.advance(10_000)
  const source = held<string>()
  let runs = 0
  const load = (): Promise<string> => {
    runs++
    return source.promise
  }
  expect(await a.cache.getOrSet('k', load, options)).toBe('old')
  await settled()
  expect(await b.cache.getOrSet('k', load, options)).toBe('old')
  await settled()
  expect(runs).toBe(1)
  source.resolve('new')
  await settled()
  expect(await a.cache.getOrSet('k', load, options)).toBe('new')
  await stage.clock.advance(1_000)
  await b.cache.getOrSet('k', load, options) // stale once more, and refreshed from L2
  await settled()
  expect(await b.cache.getOrSet('k', load, options)).toBe('new')
  expect(runs).toBe(1)
})

test('a value that is not to be kept is reported too, with Redis and without', async () => {
  const { cache } = await stage.instance()
  using records = hear('test')
  await cache.getOrSet('k', () => 1, { ttl: 0 })
  await stage.alone().getOrSet('l', () => undefined)
  await settled()
  expect(loadsIn(records)).toEqual([
    ['k', 'unkept'],
    ['l', 'unkept'],
  ])
})

test('what another copy of this package made an entry is one here', async () => {
  const { cache } = await stage.instance()
  const theirs = { [Symbol.for('tiercel.entry')]: { value: 'v', options: { tags: ['t'] } } }
  expect(await cache.getOrSet('k', () => theirs as unknown)).toBe('v')
  await cache.invalidateTags(['t'])
  expect(await cache.get('k')).toBeUndefined()
})

test('fills that find no place in time are given up, and their values stay here', async () => {
  const { cache, engine } = await stage.instance()
  const fills = engine.shards[0]?.shared?.fills as Limiter
  const leaves = await Promise.all(
    Array.from({ length: 128 }, () => fills.enter(() => new Error('no'))),
  )
  using records = hear('test')
  expect(await cache.getOrSet('k', () => 'v', { ttl: '1h' })).toBe('v')
  await settled()
  expect(loadsIn(records)).toEqual([])
  await stage.clock.advance(10_000)
  expect(loadsIn(records)).toEqual([['k', 'isolated']])
  expect(cache.stats().loads.fillsDropped).toBe(1)
  expect(cache.peek('k')).toBe('v')
  expect(stage.redis.stored('k')).toBeUndefined()
  for (const leave of leaves) leave()
})
