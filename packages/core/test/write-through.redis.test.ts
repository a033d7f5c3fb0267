import { describe, expect, test } from 'vitest'
import { type Cache, ConfigError, WriteTimeoutError, createCache } from '../src/index.ts'
import { expectNoCrash } from './support/crashes.ts'
import { Deferred } from './support/deferred.ts'
import { heardBy } from './support/messages.ts'
import { Stage } from './support/stage.ts'
import { until } from './support/until.ts'

const stage = new Stage()
expectNoCrash()

const KEY = 'k'

test('the source has a value before the cache has it, and then all see it', async () => {
  const [a, b] = await stage.pair()
  await a.cache.set(KEY, 'old')
  await b.cache.get(KEY)
  const seen: unknown[] = []
  const writer = a.cache.writer<string>({
    name: 'db',
    write: async ([write]) => {
      seen.push(write?.key, write?.value, await b.cache.get(KEY))
    },
  })
  await heardBy([b], () => writer.set(KEY, 'new'))
  expect(seen).toEqual([KEY, 'new', 'old'])
  expect(a.cache.peek(KEY)).toBe('new')
  expect(await b.cache.get(KEY)).toBe('new')
  await heardBy([b], () => writer.delete(KEY))
  expect(seen.slice(3, 5)).toEqual([KEY, undefined])
  expect(await b.cache.get(KEY)).toBeUndefined()
  expect(await writer.stats()).toMatchObject({ written: 2, failedCalls: 0, depth: 0 })
  expect(await writer.flush()).toBe(true)
})

test('with onWrite "invalidate" the key is dropped, and loaded by who asks next', async () => {
  const { cache } = await stage.instance()
  const writer = cache.writer({ name: 'db', onWrite: 'invalidate', write: () => {} })
  await cache.set(KEY, 'old')
  await writer.set(KEY, 'new')
  expect(await cache.get(KEY)).toBeUndefined()
})

test('an error of the source reaches the caller untouched, and the key is dropped: it may be written', async () => {
  const { cache } = await stage.instance()
  const failure = new Error('after the commit')
  const writer = cache.writer({
    name: 'db',
    write: () => {
      throw failure
    },
  })
  await cache.set(KEY, 'old')
  await expect(writer.set(KEY, 'new')).rejects.toBe(failure)
  expect(await cache.get(KEY)).toBeUndefined()
})

test('of many writes those that failed are dropped, and the others kept', async () => {
  const { cache } = await stage.instance()
  const failure = new Error('this one')
  const writer = cache.writer<number>({ name: 'db', write: () => [['b', failure]] })
  await cache.set('b', 0)
  await expect(
    writer.setMany([
      ['a', 1],
      ['b', 2],
    ]),
  ).rejects.toBe(failure)
  expect(await cache.get('a')).toBe(1)
  expect(await cache.get('b')).toBeUndefined()
})

test('a write that does not settle is aborted, and given up', async () => {
  const { cache } = await stage.instance()
  let signal: AbortSignal | undefined
  const writer = cache.writer({
    name: 'db',
    timeout: '10ms',
    write: (_, context) => {
      signal = context.signal
      return new Promise<void>(() => {})
    },
  })
  await expect(writer.set(KEY, 1)).rejects.toThrow(WriteTimeoutError)
  expect(signal?.aborted).toBe(true)
})

test('a write that waits too long for its turn is not made', async () => {
  const { cache } = await stage.instance()
  const told: unknown[] = []
  const writer = cache.writer<number>({
    name: 'db',
    timeout: '50ms',
    write: ([write]) => {
      told.push(write?.value)
      return new Promise<void>(() => {})
    },
  })
  const writes = await Promise.allSettled([1, 2, 3, 4].map((value) => writer.set(KEY, value)))
  for (const write of writes) {
    expect(write).toMatchObject({ status: 'rejected', reason: { code: 'ERR_WRITE_TIMEOUT' } })
  }
  expect(told).toEqual([1])
})

test('writes of one key by one instance reach the source one after the other, in their order', async () => {
  const { cache } = await stage.instance()
  const underway = { now: 0, most: 0 }
  const told: unknown[] = []
  const writer = cache.writer<number>({
    name: 'db',
    write: async (writes) => {
      underway.most = Math.max(underway.most, ++underway.now)
      await new Promise((resolve) => setImmediate(resolve))
      told.push(...writes.map(({ value }) => value))
      underway.now--
    },
  })
  await Promise.all(Array.from({ length: 20 }, (_, i) => writer.set(KEY, i)))
  expect(told).toEqual(Array.from({ length: 20 }, (_, i) => i))
  expect(underway.most).toBe(1)
  expect(await cache.get(KEY)).toBe(19)
})

describe('two instances that write one key at once', () => {
  test.each(['first', 'second'])(
    'leave no value that the source does not have, when the %s is done first',
    async (first) => {
      const [a, b] = await stage.pair()
      let row: unknown
      const gates = [new Deferred<void>(), new Deferred<void>()]
      const begun = [new Deferred<void>(), new Deferred<void>()]
      const writers = [a, b].map(({ cache }, i) =>
        cache.writer<string>({
          name: 'db',
          write: async ([write]) => {
            row = write?.value
            begun[i]?.resolve()
            await gates[i]?.promise
          },
        }),
      )
      const one = writers[0]?.set(KEY, 'one')
      await begun[0]?.promise
      const two = writers[1]?.set(KEY, 'two')
      await begun[1]?.promise
      expect(row).toBe('two')
      const order = first === 'first' ? [0, 1] : [1, 0]
      for (const i of order) {
        gates[i]?.resolve()
        await (i === 0 ? one : two)
      }
      await heardBy([a, b], () => a.cache.delete('to see the messages through'))
      expect(['two', undefined]).toContain(await a.cache.get(KEY))
      expect(await b.cache.getOrSet(KEY, () => row)).toBe('two')
    },
  )

  test('a load that read the source before the write does not outlive it', async () => {
    const [a, b] = await stage.pair()
    const gate = new Deferred<void>()
    const begun = new Deferred<void>()
    const writer = a.cache.writer<string>({
      name: 'db',
      write: async () => {
        begun.resolve()
        await gate.promise
      },
    })
    const writing = writer.set(KEY, 'new')
    await begun.promise
    expect(await b.cache.getOrSet(KEY, () => 'old')).toBe('old')
    await until('the fill to be done', async () => stage.admin.exists(stage.keys.entry(KEY)))
    gate.resolve()
    await heardBy([b], () => writing)
    expect(await b.cache.getOrSet(KEY, () => 'new')).toBe('new')
  })
})

test.each([
  ['a tag of it', (cache: Cache) => cache.invalidateTags(['t'])],
  ['its namespace', (cache: Cache) => cache.clear()],
  ['everything', (_: Cache, root: Cache) => root.clear()],
])(
  'a value is not kept when %s is invalidated after the source was written: it may be older',
  async (_, invalidate) => {
    const [a, b] = await stage.pair()
    const own = a.cache.namespace('ns')
    let row: unknown
    const gate = new Deferred<void>()
    const begun = new Deferred<void>()
    const writer = own.writer<string>({
      name: 'db',
      tags: ['t'],
      write: async ([write]) => {
        row = write?.value
        begun.resolve()
        await gate.promise
      },
    })
    // Without it no record of the tag is there, and its absence alone would refuse the value.
    await own.set('other', 1, { tags: ['t'] })
    const writing = writer.set(KEY, 'one')
    await begun.promise
    row = 'all rows were changed'
    await invalidate(b.cache.namespace('ns'), b.cache)
    gate.resolve()
    await writing
    for (const { cache } of [a, b]) {
      expect(await cache.namespace('ns').getOrSet(KEY, () => row)).toBe('all rows were changed')
    }
  },
)

test('while Redis is away the source is written, and the key is dropped as soon as it is back', async () => {
  const [a, b] = await stage.pair({
    l2: { timeout: '100ms' },
    coherence: { beat: '50ms', maxStaleness: '1h' },
  })
  await a.cache.set(KEY, 'old')
  expect(await b.cache.get(KEY)).toBe('old')
  const rows = new Map<string, unknown>()
  const writer = a.cache.writer({
    name: 'db',
    write: (writes) => {
      for (const { key, value } of writes) rows.set(key, value)
    },
  })
  await a.proxy.refuse()
  a.proxy.cut()
  expect(await writer.set(KEY, 'new')).toBe('here')
  expect(rows.get(KEY)).toBe('new')
  await a.proxy.heal()
  await until('the others to hear of it', async () => (await b.cache.get(KEY)) === undefined)
})

test('without Redis the value is kept in L1, and nothing can be behind', async () => {
  await using cache = createCache({ namespace: 'alone' })
  const writer = cache.writer({ name: 'db', write: () => {} })
  await writer.set(KEY, 1)
  expect(cache.peek(KEY)).toBe(1)
  expect(() => cache.writer({ name: 'db', mode: 'behind', write: () => {} })).toThrow(ConfigError)
})
