import { expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'
import { LoadQueueError } from '../errors.ts'
import type { CacheOptions } from '../options.ts'
import { type Held, held } from '../testing/held.ts'
import { settled } from '../testing/manual-clock.ts'

const stage = new ManualStage()
const ONE = { loads: { maxConcurrent: 1 } } as const satisfies Partial<CacheOptions>

/** Loaders that are held, by key, and the keys in the order in which they began. */
function source(): {
  load: (key: string) => () => Promise<unknown>
  begun: string[]
  ends: Map<string, Held<unknown>>
} {
  const begun: string[] = []
  const ends = new Map<string, Held<unknown>>()
  return {
    begun,
    ends,
    load: (key) => () => {
      begun.push(key)
      const end = held<unknown>()
      ends.set(key, end)
      return end.promise
    },
  }
}

test('so many loaders run at once, and the others when there is a place', async () => {
  const { cache } = await stage.instance({ loads: { maxConcurrent: 2 } })
  const { load, begun, ends } = source()
  const reads = ['a', 'b', 'c'].map((key) => cache.getOrSet(key, load(key)))
  await settled()
  expect(begun).toEqual(['a', 'b'])
  expect(cache.stats().loads).toMatchObject({ queued: 1, underway: 3 })
  ends.get('b')?.resolve(undefined)
  await settled()
  expect(begun).toEqual(['a', 'b', 'c'])
  for (const key of ['a', 'c']) ends.get(key)?.resolve(key)
  expect(await Promise.all(reads)).toEqual(['a', undefined, 'c'])
})

test('what another instance stored while a load waited for its turn is not loaded again', async () => {
  const a = await stage.instance(ONE)
  const b = await stage.instance()
  const { load, begun, ends } = source()
  const first = a.cache.getOrSet('first', load('first'))
  await settled()
  const second = a.cache.getOrSet('second', load('second'))
  await b.cache.getOrSet('second', () => 'theirs')
  await settled()
  ends.get('first')?.resolve(1)
  expect([await first, await second]).toEqual([1, 'theirs'])
  expect(begun).toEqual(['first'])
})

test('a load that may not wait, or has waited too long, fails; what is in its grace answers instead', async () => {
  const cache = stage.alone({
    loads: { maxConcurrent: 1, queue: 1, queueTimeout: '2s' },
    defaults: { ttl: '1s', grace: '1h' },
  })
  await cache.set('old', 0)
  await stage.clock.advance(1_000)
  const { load, ends } = source()
  const running = cache.getOrSet('running', load('running'))
  await settled()
  const late = cache.getOrSet('late', load('late'))
  await expect(cache.getOrSet('refused', load('refused'))).rejects.toMatchObject({
    name: 'LoadQueueError',
    code: 'ERR_LOAD_QUEUE',
    message: expect.stringContaining('loads.queue') as string,
  })
  expect(await cache.getOrSet('old', load('old'))).toBe(0)
  late.catch(() => {}) // looked at below
  await stage.clock.advance(2_000)
  await expect(late).rejects.toThrow(LoadQueueError)
  await expect(late).rejects.toThrow(/loads.queueTimeout/)
  expect(cache.stats().loads).toMatchObject({ refused: 3, queued: 0 })
  ends.get('running')?.resolve(1)
  expect(await running).toBe(1)
})

test("a loader's own reads need no place, nor does what it waits for: they could wait for it", async () => {
  const cache = stage.alone(ONE)
  const outer = held<void>()
  const first = cache.getOrSet('outer', async () => {
    await outer.promise
    return [await cache.getOrSet('inner', () => 1), await cache.getOrSet('queued', () => 'other')]
  })
  await settled()
  const queued = cache.getOrSet('queued', () => 2)
  await settled()
  expect(cache.stats().loads.queued).toBe(1)
  outer.resolve()
  expect(await first).toEqual([1, 2])
  expect(await queued).toBe(2)
})

test('a bulk load takes one place, however many keys; and none if a loader waits for it', async () => {
  const cache = stage.alone(ONE)
  const echo = (keys: readonly string[]): [string, string][] => keys.map((key) => [key, key])
  expect((await cache.getOrSetMany(['a', 'b', 'c'], echo)).size).toBe(3)
  const nested = cache.getOrSet(
    'outer',
    async () => (await cache.getOrSetMany(['d', 'e'], echo)).size,
  )
  expect(await nested).toBe(2)
  const outer = held<void>()
  const first = cache.getOrSet('first', async () => {
    await outer.promise
    return cache.getOrSet('g', () => 'other')
  })
  await settled()
  const many = cache.getOrSetMany(['f', 'g'], echo)
  await settled()
  expect(cache.stats().loads.queued).toBe(1)
  outer.resolve()
  expect(await first).toBe('g')
  expect((await many).size).toBe(2)
})

test('a refresh that nobody waits for does not queue', async () => {
  const cache = stage.alone({ ...ONE, defaults: { ttl: '1s', staleWhileRevalidate: '1h' } })
  await cache.set('stale', 'old')
  await stage.clock.advance(1_000)
  const { load, ends } = source()
  const running = cache.getOrSet('running', load('running'))
  await settled()
  expect(await cache.getOrSet('stale', () => 'new')).toBe('old')
  expect(cache.stats().loads).toMatchObject({ refreshesDropped: 1, queued: 0 })
  ends.get('running')?.resolve(1)
  await running
  expect(await cache.getOrSet('stale', () => 'new')).toBe('old')
  await settled()
  expect(await cache.getOrSet('stale', () => 'newer')).toBe('new')
})
