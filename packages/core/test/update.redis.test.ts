import { expect, test } from 'vitest'
import {
  CounterError,
  TierError,
  UpdateConflictError,
  UpdateTimeoutError,
  createCache,
} from '../src/index.ts'
import { expectNoCrash } from './support/crashes.ts'
import { Deferred } from './support/deferred.ts'
import { Stage } from './support/stage.ts'
import { eventually, settled, until } from './support/until.ts'

const stage = new Stage()
expectNoCrash()

const KEY = 'k'

function plusOne(value = 0): number {
  return value + 1
}

test('an update gets what is stored, and stores what it returns for all instances', async () => {
  const [a, b] = await stage.pair()
  expect(await a.cache.update<string[]>(KEY, (list = []) => [...list, 'a'])).toEqual(['a'])
  expect(await b.cache.update<string[]>(KEY, async (list = []) => [...list, 'b'])).toEqual([
    'a',
    'b',
  ])
  await until(
    'the other instance to see it',
    async () => (await a.cache.get<string[]>(KEY))?.length === 2,
  )
  expect(a.cache.peek(KEY)).toEqual(['a', 'b'])
})

test('an update that returns undefined leaves what is there, and tells nobody', async () => {
  const [a, b] = await stage.pair()
  await a.cache.set(KEY, 'as it was')
  await b.cache.get(KEY)
  const before = b.cache.stats().coherence.messages
  expect(await a.cache.update(KEY, () => undefined)).toBe('as it was')
  expect(await a.cache.update('absent', () => undefined)).toBeUndefined()
  expect(b.cache.peek(KEY)).toBe('as it was')
  expect(b.cache.stats().coherence.messages).toBe(before)
})

test.each([null, false, 0, ''])('%j is a value for an update', async (value) => {
  const { cache } = await stage.instance()
  await cache.set(KEY, value)
  let seen: unknown
  await cache.update(KEY, (stored) => {
    seen = stored
    return [stored]
  })
  expect(seen).toBe(value)
  expect(await cache.get(KEY)).toEqual([value])
})

test('two instances that hammer one value by update lose nothing', async () => {
  const [a, b] = await stage.pair()
  const each = 60
  await Promise.all(
    [a, b].flatMap(({ cache }) => Array.from({ length: each }, () => cache.update(KEY, plusOne))),
  )
  const newcomer = await stage.instance()
  expect(await newcomer.cache.get(KEY)).toBe(2 * each)
  await until('all to see it', async () => (await a.cache.get(KEY)) === 2 * each)
  expect(await b.cache.get(KEY)).toBe(2 * each)
})

test('a set between reading and storing makes the update begin anew', async () => {
  const [a, b] = await stage.pair()
  await a.cache.set(KEY, 1)
  const seen: unknown[] = []
  const updated = await a.cache.update<number>(KEY, async (value = 0) => {
    seen.push(value)
    if (seen.length === 1) await b.cache.set(KEY, 10)
    return value + 1
  })
  expect(seen).toEqual([1, 10])
  expect(updated).toBe(11)
  await until('the other to see it', async () => (await b.cache.get(KEY)) === 11)
  expect(a.cache.stats().coherence.updateConflicts).toBe(1)
})

test.each([
  ['delete', (cache: Cached) => cache.delete(KEY)],
  ['expire', (cache: Cached) => cache.expire(KEY)],
  ['invalidateTags', (cache: Cached) => cache.invalidateTags(['t'])],
  ['clear', (cache: Cached) => cache.clear()],
])('what %s voids meanwhile is not what the update builds on', async (_, change) => {
  const [a, b] = await stage.pair()
  await a.cache.set(KEY, 1, { tags: ['t'] })
  const seen: unknown[] = []
  const updated = await a.cache.update<number>(
    KEY,
    async (value) => {
      seen.push(value)
      if (seen.length === 1) await change(b.cache)
      return (value ?? 100) + 1
    },
    { tags: ['t'] },
  )
  expect(seen).toEqual([1, undefined])
  expect(updated).toBe(101)
  await until('the other to see it', async () => (await b.cache.get(KEY)) === 101)
})
type Cached = Awaited<ReturnType<Stage['instance']>>['cache']

test('an increment between reading and storing is not lost', async () => {
  const [a, b] = await stage.pair()
  await a.cache.increment(KEY, 5, { reads: 'coalesced', window: '1h' })
  let calls = 0
  await a.cache.update<number>(KEY, async (value = 0) => {
    if (++calls === 1) await b.cache.increment(KEY, 1, { reads: 'coalesced', window: '1h' })
    return value * 10
  })
  expect(await b.cache.increment(KEY)).toBe(61)
})

test('a load that began before an update is not stored over it', async () => {
  const [a, b] = await stage.pair()
  const begun = new Deferred<void>()
  const loaded = new Deferred<string>()
  const reading = b.cache.getOrSet(KEY, () => {
    begun.resolve()
    return loaded.promise
  })
  await begun.promise
  await a.cache.update(KEY, () => 'updated')
  loaded.resolve('old')
  await reading
  await until('the fill to be refused', () => b.cache.stats().loads.fillsRefused === 1)
  expect(await a.cache.get(KEY)).toBe('updated')
  await until('the other to see it', async () => (await b.cache.get(KEY)) === 'updated')
})

test('an update whose value others change each time ends with an error that says so', async () => {
  const [a, b] = await stage.pair()
  const updating = a.cache.update<number>(
    KEY,
    async () => {
      await b.cache.set(KEY, Math.random())
      return 0
    },
    { attempts: 3 },
  )
  await expect(updating).rejects.toThrow(UpdateConflictError)
  await expect(updating).rejects.toMatchObject({ code: 'ERR_UPDATE_CONFLICT', key: KEY })
  expect(await b.cache.get(KEY)).toBeGreaterThan(0)
})

test('a function that never settles does not hold up the updates behind it for ever', async () => {
  const { cache } = await stage.instance()
  const hanging = cache.update(KEY, () => new Promise<never>(() => {}), { within: '20ms' })
  const next = cache.update(KEY, plusOne)
  await expect(hanging).rejects.toThrow(UpdateTimeoutError)
  expect(await settled('the next update', next)).toBe(1)
})

test('an error of the function reaches the caller, and nothing is changed', async () => {
  const { cache } = await stage.instance()
  await cache.set(KEY, 1)
  const failure = new Error('no')
  await expect(
    cache.update(KEY, () => {
      throw failure
    }),
  ).rejects.toBe(failure)
  expect(await cache.update(KEY, plusOne)).toBe(2)
})

test('without an answer of Redis an update or an increment rejects, and is not done later', async () => {
  const [a, b] = await stage.pair({ l2: { timeout: '100ms' } })
  await b.cache.set(KEY, 1)
  await a.proxy.refuse()
  a.proxy.cut()
  await expect(a.cache.update(KEY, plusOne)).rejects.toThrow(TierError)
  await expect(a.cache.increment(KEY)).rejects.toThrow(TierError)
  await a.proxy.heal()
  await eventually('Redis to be back', () => a.cache.update(KEY, plusOne))
  expect(await b.cache.update<number>(KEY, () => undefined)).toBe(2)
})

test('without Redis updates and increments are of this process, and lose nothing either', async () => {
  await using cache = createCache({ namespace: 'alone' })
  await Promise.all(Array.from({ length: 20 }, () => cache.update(KEY, plusOne)))
  expect(await cache.get(KEY)).toBe(20)
  expect(await cache.increment(KEY, 2)).toBe(22)
  expect(await cache.decrement('new', 1, { initial: 10 })).toBe(9)
  await cache.set(KEY, 'text')
  await expect(cache.increment(KEY)).rejects.toThrow(CounterError)
})

test('an update while another write of the same process is under way begins anew', async () => {
  await using cache = createCache({ namespace: 'alone' })
  let calls = 0
  const updated = await cache.update<number>(KEY, async (value = 0) => {
    if (++calls === 1) await cache.set(KEY, 10)
    return value + 1
  })
  expect(updated).toBe(11)
})

test('what an update stores carries its tags and its namespace', async () => {
  const { cache } = await stage.instance()
  const part = cache.namespace('part')
  await part.update(KEY, () => 1, { tags: ['t'] })
  await cache.invalidateTags(['t'])
  expect(await part.get(KEY)).toBeUndefined()
  await part.update(KEY, () => 1)
  await part.clear()
  expect(await part.get(KEY)).toBeUndefined()
})
