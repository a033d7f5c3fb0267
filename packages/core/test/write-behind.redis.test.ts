import { channel } from 'node:diagnostics_channel'
import { describe, expect, test } from 'vitest'
import {
  type Cache,
  CHANNELS,
  ClosedError,
  ConfigError,
  type QueueRecord,
  type SourceWrite,
  type SourceWriter,
  TierError,
  WriteQueueFullError,
  type WriterOptions,
} from '../src/index.ts'
import { countCommands } from './support/commands.ts'
import { expectNoCrash } from './support/crashes.ts'
import { Deferred } from './support/deferred.ts'
import { heardBy } from './support/messages.ts'
import { Stage } from './support/stage.ts'
import { eventually, settled } from './support/until.ts'

const stage = new Stage()
expectNoCrash()

const KEY = 'k'

/** A source of truth that can be down, and remembers what it was told in which order. */
class Source {
  isDown = false
  readonly calls: (readonly SourceWrite[])[] = []
  readonly rows = new Map<string, unknown>()
  /** Values that it refuses, by themselves. */
  readonly refused = new Set<unknown>()

  readonly write = async (
    writes: readonly SourceWrite[],
  ): Promise<readonly (readonly [string, unknown])[]> => {
    if (this.isDown) throw new Error('the source is down')
    this.calls.push(writes)
    const failed: (readonly [string, unknown])[] = []
    for (const { key, value } of writes) {
      if (this.refused.has(value)) failed.push([key, new Error(`${String(value)} is refused`)])
      else if (value === undefined) this.rows.delete(key)
      else this.rows.set(key, value)
    }
    return failed
  }
}

function behind(
  cache: Cache,
  source: Source,
  options: Partial<WriterOptions<unknown>> = {},
): SourceWriter {
  return cache.writer({
    name: 'db',
    mode: 'behind',
    write: source.write,
    ...options,
    queue: {
      maxDelay: '1ms',
      lease: '500ms',
      firstRetry: '5ms',
      lastRetry: '20ms',
      ...options.queue,
    },
  })
}

test('a write is in the cache of all at once, and in the source later', async () => {
  const [a, b] = await stage.pair()
  const source = new Source()
  const writer = behind(a.cache, source)
  expect(await writer.set(KEY, 'new')).toBe('everywhere')
  expect(a.cache.peek(KEY)).toBe('new')
  expect(await b.cache.get(KEY)).toBe('new')
  expect(await writer.flush()).toBe(true)
  expect(source.rows).toEqual(new Map([[KEY, 'new']]))
  expect(await writer.stats()).toMatchObject({ written: 1, depth: 0, lag: 0, deadLetters: 0 })
})

test('a write is acknowledged after one round trip', async () => {
  const a = await stage.instance()
  const source = new Source()
  const writer = behind(a.cache, source, { queue: { maxDelay: '1h', lease: '1h' } })
  await writer.set('first', 1) // asks once how the server evicts
  const count = countCommands(a.proxy, ({ args }) => args.some((arg) => arg.includes(`e:${KEY}`)))
  await writer.set(KEY, 1)
  expect(count()).toBe(1)
})

test('of many writes of a key the last one is written, with a number that grows', async () => {
  const { cache } = await stage.instance()
  const source = new Source()
  const writer = behind(cache, source)
  source.isDown = true
  for (let i = 0; i < 20; i++) await writer.set(KEY, i)
  expect((await writer.stats()).depth).toBe(1)
  source.isDown = false
  expect(await writer.flush()).toBe(true)
  await writer.set(KEY, 'after')
  expect(await writer.flush()).toBe(true)
  const writes = source.calls.flat()
  expect(writes.at(-1)).toMatchObject({ key: KEY, value: 'after' })
  expect(writes.some(({ value }) => value === 19)).toBe(true)
  const numbers = writes.map(({ number }) => number as number)
  expect(numbers).toEqual(numbers.toSorted((x, y) => x - y))
})

test('writes go together, up to the batch', async () => {
  const { cache } = await stage.instance()
  const source = new Source()
  const writer = behind(cache, source, { queue: { maxBatch: 10 } })
  await writer.setMany(Array.from({ length: 25 }, (_, i) => [`k${i}`, i] as const))
  expect(await writer.flush()).toBe(true)
  expect(source.rows.size).toBe(25)
  expect(Math.max(...source.calls.map((call) => call.length))).toBe(10)
})

test('null, false, 0 and objects are written as they are; undefined is refused; a delete deletes', async () => {
  const { cache } = await stage.instance()
  const source = new Source()
  const writer = behind(cache, source)
  await writer.setMany([
    ['null', null],
    ['false', false],
    ['zero', 0],
    ['object', { n: [1] }],
  ])
  await expect(writer.set(KEY, undefined)).rejects.toThrow(ConfigError)
  await writer.delete('zero')
  expect(await cache.get('zero')).toBeUndefined()
  expect(await writer.flush()).toBe(true)
  expect(Object.fromEntries(source.rows)).toEqual({ null: null, false: false, object: { n: [1] } })
})

describe('between the acknowledgement and the source', () => {
  test('a read that finds nothing in the cache does not bring the old value back', async () => {
    const [a, b] = await stage.pair()
    const source = new Source()
    source.rows.set(KEY, 'old')
    source.isDown = true
    const writer = behind(a.cache, source)
    await writer.set(KEY, 'new')
    const load = (): unknown => source.rows.get(KEY)
    for (const lose of [
      async () => stage.admin.del(stage.keys.entry(KEY)).then(() => a.cache.clear()),
      () => b.cache.delete(KEY),
      () => b.cache.clear(),
    ]) {
      await heardBy([a, b], lose)
      expect(await b.cache.getOrSet(KEY, load)).toBe('new')
      expect(await a.cache.getOrSet(KEY, load)).toBe('new')
      await heardBy([a, b], lose)
      expect(await a.cache.get(KEY)).toBe('new') // this instance has a writer, and so looks
    }
    source.isDown = false
    expect(await writer.flush()).toBe(true)
    expect(source.rows.get(KEY)).toBe('new')
    await b.cache.delete(KEY)
    expect(await b.cache.getOrSet(KEY, load)).toBe('new')
  })

  test('a deleted key is not loaded from a source that has it still', async () => {
    const [a, b] = await stage.pair()
    const source = new Source()
    source.rows.set(KEY, 'old')
    source.isDown = true
    const writer = behind(a.cache, source)
    await writer.delete(KEY)
    await heardBy([a, b], () => b.cache.clear())
    let loads = 0
    const load = (): unknown => (loads++, source.rows.get(KEY))
    expect(await b.cache.getOrSet(KEY, load)).toBeUndefined()
    expect(loads).toBe(0)
    source.isDown = false
    expect(await writer.flush()).toBe(true)
    expect(source.rows.has(KEY)).toBe(false)
  })

  test('a load that began before the write is not kept', async () => {
    const [a, b] = await stage.pair()
    const source = new Source()
    const writer = behind(a.cache, source)
    source.isDown = true
    const begun = new Deferred<void>()
    const loaded = new Deferred<string>()
    const reading = b.cache.getOrSet(KEY, () => {
      begun.resolve()
      return loaded.promise
    })
    await begun.promise
    await heardBy([b], () => writer.set(KEY, 'new'))
    loaded.resolve('old')
    expect(await reading).toBe('old')
    await eventually('the fill to be refused', () => b.cache.stats().loads.fillsRefused === 1)
    expect(await b.cache.getOrSet(KEY, () => 'old')).toBe('new')
    source.isDown = false
    expect(await writer.flush()).toBe(true)
  })

  test('a key that is written while it is being written is written again', async () => {
    const { cache } = await stage.instance()
    const begun = new Deferred<void>()
    const release = new Deferred<void>()
    const told: unknown[] = []
    const writer = cache.writer<number>({
      name: 'db',
      mode: 'behind',
      queue: { maxDelay: '1ms' },
      write: async (writes) => {
        begun.resolve()
        await release.promise
        told.push(...writes.map(({ value }) => value))
      },
    })
    await writer.set(KEY, 1)
    await begun.promise
    await writer.set(KEY, 2)
    await writer.set(KEY, 3)
    const flushing = writer.flush()
    release.resolve()
    expect(await flushing).toBe(true)
    expect(told).toEqual([1, 3])
  })
})

describe('a source that fails', () => {
  test('is tried again until it takes the writes, all of them, with the database down for the whole time', async () => {
    const [a, b] = await stage.pair()
    const source = new Source()
    source.isDown = true
    const writers = [a, b].map(({ cache }) =>
      behind(cache, source, { queue: { maxAttempts: Infinity } }),
    )
    for (let i = 0; i < 60; i++) await writers[i % 2]?.set(`k${i % 30}`, i)
    await eventually(
      'some attempts',
      async () => ((await writers[0]?.stats())?.failedCalls ?? 0) > 5,
    )
    expect(await writers[0]?.flush({ within: '50ms' })).toBe(false)
    const stats = await (writers[0] as SourceWriter).stats()
    expect(stats).toMatchObject({ depth: 30, deadLetters: 0 })
    expect(stats.lag).toBeGreaterThan(0)
    source.isDown = false
    expect(await writers[0]?.flush()).toBe(true)
    for (let i = 30; i < 60; i++) expect(source.rows.get(`k${i % 30}`)).toBe(i)
  })

  test('with one write makes a dead letter of it, and nothing else waits for that', async () => {
    const { cache } = await stage.instance()
    const source = new Source()
    source.refused.add('poison')
    const writer = behind(cache, source, { queue: { maxAttempts: 3 } })
    await writer.setMany([
      ['a', 1],
      [KEY, 'poison'],
      ['b', 2],
    ])
    expect(await writer.flush()).toBe(true)
    expect(source.rows).toEqual(
      new Map<string, unknown>([
        ['a', 1],
        ['b', 2],
      ]),
    )
    const [letter, ...others] = await writer.deadLetters()
    expect(others).toEqual([])
    expect(letter).toMatchObject({
      key: KEY,
      value: 'poison',
      attempts: 3,
      error: 'Error: poison is refused',
    })
    await eventually(
      'the cache to ask the source',
      async () => (await cache.get(KEY)) === undefined,
    )
    // It can be tried again, and dropped.
    source.refused.clear()
    expect(await writer.redrive(letter as never)).toBe(true)
    expect(await writer.flush()).toBe(true)
    expect(source.rows.get(KEY)).toBe('poison')
    expect(await writer.redrive(letter as never)).toBe(false)
    expect(await writer.drop(letter as never)).toBe(false)
    expect((await writer.stats()).deadLetters).toBe(0)
  })

  test('with all that are in a call with one bad write still gets the good ones', async () => {
    const { cache } = await stage.instance()
    const rows = new Map<string, unknown>()
    const writer = cache.writer({
      name: 'db',
      mode: 'behind',
      queue: { maxDelay: '1ms', firstRetry: '2ms', lastRetry: '5ms', maxAttempts: 3 },
      write: (writes) => {
        if (writes.some(({ value }) => value === 'poison')) throw new Error('the whole transaction')
        for (const { key, value } of writes) rows.set(key, value)
      },
    })
    await writer.setMany(
      Array.from({ length: 40 }, (_, i) => [`k${i}`, i === 17 ? 'poison' : i] as const),
    )
    expect(await writer.flush()).toBe(true)
    expect(rows.size).toBe(39)
    expect((await writer.deadLetters()).map(({ key }) => key)).toEqual(['k17'])
  })

  test('keeps its writes in the queue when the dead letters are full', async () => {
    const { cache } = await stage.instance()
    const source = new Source()
    source.refused.add('poison')
    const writer = behind(cache, source, { queue: { maxAttempts: 1, maxDeadLetters: 1 } })
    await writer.set('a', 'poison')
    await eventually('a dead letter', async () => (await writer.stats()).deadLetters === 1)
    await writer.set('b', 'poison')
    expect(await writer.flush({ within: '100ms' })).toBe(false)
    expect(await writer.stats()).toMatchObject({ depth: 1, deadLetters: 1 })
    const [letter] = await writer.deadLetters()
    expect(await writer.drop(letter as never)).toBe(true)
    expect(await writer.flush()).toBe(true)
  })

  test('that can no more be read is a dead letter that can be seen and dropped', async () => {
    const { cache } = await stage.instance()
    const [source, down] = [new Source(), new Source()]
    down.isDown = true // for good: the first instance may hold what it took while it could be read
    const writer = behind(cache, down)
    await writer.setMany([
      ['a', 1],
      ['b', 2],
    ])
    const { waiting } = stage.keys
    const stored = (await stage.admin.hgetBuffer(waiting, 'a')) as Buffer
    stored[stored.length - 1]! ^= 1
    await stage.admin.hset(waiting, 'a', stored)
    const other = behind((await stage.instance()).cache, source)
    await cache.close({ within: '100ms' })
    expect(await other.flush()).toBe(true)
    expect([...source.rows]).toEqual([['b', 2]])
    const [letter, ...others] = await other.deadLetters()
    expect(letter).toMatchObject({ key: 'a', value: undefined, isReadable: false })
    expect(others).toEqual([])
    await expect(other.redrive(letter as never)).rejects.toMatchObject({ code: 'ERR_FRAME' })
    expect(await other.drop(letter as never)).toBe(true)
    expect(source.rows.has('a')).toBe(false)
  })

  test('by never answering is aborted, and tried again', async () => {
    const { cache } = await stage.instance()
    let calls = 0
    const writer = cache.writer({
      name: 'db',
      mode: 'behind',
      timeout: '20ms',
      queue: { maxDelay: '1ms', firstRetry: '2ms' },
      write: (_, { signal }) => {
        if (++calls > 1) return undefined
        return new Promise<void>((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        )
      },
    })
    await writer.set(KEY, 1)
    expect(await writer.flush()).toBe(true)
    expect(calls).toBe(2)
  })
})

test('a full queue refuses with an error that says so, and changes nothing', async () => {
  const [a, b] = await stage.pair()
  const source = new Source()
  source.isDown = true
  const writer = behind(a.cache, source, { queue: { maxLength: 3 } })
  await writer.setMany([
    ['a', 1],
    ['b', 1],
    ['c', 1],
  ])
  await writer.set('a', 2) // waits already: it takes no place
  await b.cache.set(KEY, 'as it was')
  const full = writer.set(KEY, 'too much')
  await expect(full).rejects.toThrow(WriteQueueFullError)
  await expect(full).rejects.toMatchObject({ code: 'ERR_WRITE_QUEUE_FULL' })
  expect(await b.cache.get(KEY)).toBe('as it was')
  source.isDown = false
  expect(await writer.flush()).toBe(true)
  await writer.set(KEY, 'now')
  expect(await writer.flush()).toBe(true)
  expect(Object.fromEntries(source.rows)).toEqual({ a: 2, b: 1, c: 1, [KEY]: 'now' })
})

test('without an answer of Redis a write rejects: nothing is acknowledged that is not kept', async () => {
  const { cache, proxy } = await stage.instance({ l2: { timeout: '100ms' } })
  const writer = behind(cache, new Source())
  await writer.set(KEY, 1)
  await proxy.refuse()
  proxy.cut()
  await expect(writer.set(KEY, 2)).rejects.toThrow(TierError)
})

test('an instance that is cut off while it writes is replaced, and what it says later changes nothing', async () => {
  const a = await stage.instance({ l2: { timeout: '100ms' } })
  const b = await stage.instance()
  const begun = new Deferred<AbortSignal>()
  const release = new Deferred<void>()
  const told: unknown[] = []
  const slow = a.cache.writer<number>({
    name: 'db',
    mode: 'behind',
    queue: { maxDelay: '1ms', lease: '300ms' },
    write: async (writes, { signal }) => {
      begun.resolve(signal)
      await release.promise
      told.push(...writes.map(({ value }) => `slow ${value}`))
    },
  })
  await slow.set(KEY, 1)
  const signal = await begun.promise
  a.proxy.partition()
  const quick = b.cache.writer<number>({
    name: 'db',
    mode: 'behind',
    queue: { maxDelay: '1ms', lease: '300ms' },
    write: (writes) => void told.push(...writes.map(({ value }) => `quick ${value}`)),
  })
  await quick.set(KEY, 2)
  await eventually('the other to take over', () => told.includes('quick 2'))
  await eventually('the slow one to be told', () => signal.aborted)
  await quick.set(KEY, 3)
  release.resolve()
  await a.proxy.heal()
  expect(await quick.flush()).toBe(true)
  expect(told.findLast((text) => String(text).startsWith('quick'))).toBe('quick 3')
  // On a busy machine an answer may take longer than this test's timeout.
  await eventually('nothing to wait', async () => (await quick.stats()).depth === 0)
})

test('close writes what waits, and leaves what it can not to the others', async () => {
  const [a, b] = await stage.pair()
  const source = new Source()
  const own = behind(a.cache, source, { queue: { maxDelay: '1h', lease: '1h' } })
  await own.set(KEY, 1)
  await settled('close', a.cache.close())
  expect(source.rows.get(KEY)).toBe(1)

  const down = new Source()
  down.isDown = true
  const c = await stage.begin()
  await c.cache.ready()
  const failing = behind(c.cache, down, {
    name: 'other',
    queue: { lease: '1h', maxAttempts: Infinity },
  })
  await failing.set(KEY, 2)
  await eventually('an attempt', async () => (await failing.stats()).failedCalls > 0)
  await settled('close', c.cache.close({ within: '3s' }))
  down.isDown = false
  const next = behind(b.cache, down, { name: 'other', queue: { lease: '1h' } })
  expect(await next.flush()).toBe(true) // at once, though the lease is long
  expect(down.rows.get(KEY)).toBe(2)
})

test('what is written while the cache closes may invalidate what hangs on it', async () => {
  const [a, b] = await stage.pair()
  const source = new Source()
  const seen: unknown[] = []
  const own = behind(a.cache, source, {
    queue: { maxDelay: '1h' },
    write: async (writes) => {
      seen.push(await a.cache.delete('count'), await a.cache.get('count').catch(String))
      return source.write(writes)
    },
  })
  await b.cache.set('count', 0)
  await own.set(KEY, 1)
  const closing = a.cache.close()
  await expect(a.cache.delete('count')).rejects.toBeInstanceOf(ClosedError) // of anybody else
  await settled('close', closing)
  expect(seen).toEqual(['everywhere', undefined])
  expect(source.rows.get(KEY)).toBe(1)
  await eventually(
    'the other instance to hear',
    async () => (await b.cache.get('count')) === undefined,
  )
  expect((await behind(b.cache, source).stats()).depth).toBe(0)
})

test('what becomes of the writes is told on its channel', async () => {
  const { cache } = await stage.instance()
  const source = new Source()
  source.refused.add('poison')
  const records: QueueRecord[] = []
  const hear = (record: unknown): void => {
    if ((record as QueueRecord).namespace === stage.namespace) records.push(record as QueueRecord)
  }
  channel(CHANNELS.queue).subscribe(hear)
  try {
    const writer = behind(cache, source, { queue: { maxAttempts: 2 } })
    await writer.set('good', 1)
    await writer.flush()
    await writer.set('bad', 'poison')
    await writer.flush()
    expect(records.map(({ event, keys }) => [event, keys[0]])).toEqual([
      ['written', 'good'],
      ['retry', 'bad'],
      ['retry', 'bad'],
      ['buried', 'bad'],
    ])
  } finally {
    channel(CHANNELS.queue).unsubscribe(hear)
  }
})

test('writers of namespaces have keys and queues of their own', async () => {
  const { cache } = await stage.instance()
  const [one, two] = [new Source(), new Source()]
  const first = behind(cache.namespace('one'), one)
  const second = behind(cache.namespace('two'), two)
  await first.set(KEY, 1)
  await second.set(KEY, 2)
  expect(await first.flush()).toBe(true)
  expect(await second.flush()).toBe(true)
  expect([one.rows, two.rows]).toEqual([new Map([[KEY, 1]]), new Map([[KEY, 2]])])
})

test.each([
  [{ name: '' }, /name/],
  [{ name: 'a b' }, /writer\.name/],
  [{ mode: 'sideways' }, /writer\.mode/],
  [{ write: 1 }, /writer\.write/],
  [{ queue: { maxBatch: 0 } }, /queue\.maxBatch/],
  [{ queue: { lease: '1ms' } }, /queue\.lease/],
  [{ queue: { deep: 1 } }, /deep/],
  [{ ttl: 'soon' }, /ttl/],
  [{ ttl: 0 }, /ttl/],
])('%j is refused with an error that names it', async (options, message) => {
  const { cache } = await stage.instance()
  const make = (): unknown => behind(cache, new Source(), options as never)
  expect(make).toThrow(ConfigError)
  expect(make).toThrow(message)
})

test('a name is used once in a process, and write-behind needs Redis', async () => {
  const { cache } = await stage.instance()
  behind(cache, new Source())
  expect(() => behind(cache, new Source())).toThrow(/"db"/)
})

test('a Redis that may drop the queue when its memory is full is refused, before anything is acknowledged', async () => {
  const { cache } = await stage.instance()
  const { admin } = stage
  await admin.config('SET', 'maxmemory', '1gb')
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
  try {
    const writer = behind(cache, new Source())
    await expect(writer.set(KEY, 1)).rejects.toThrow(/allkeys-lru/)
    expect(await cache.get(KEY)).toBeUndefined()
    await admin.config('SET', 'maxmemory-policy', 'volatile-lru')
    expect(await writer.set(KEY, 1)).toBe('everywhere')
    expect(await writer.flush()).toBe(true)
  } finally {
    await admin.config('SET', 'maxmemory', '0')
    await admin.config('SET', 'maxmemory-policy', 'noeviction')
  }
})
