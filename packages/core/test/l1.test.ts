import { channel } from 'node:diagnostics_channel'
import { expect, test } from 'vitest'
import { type Cache, CHANNELS, ClosedError, createCache } from '../src/index.ts'
import { held } from '../src/testing/held.ts'
import { Caches } from './support-unit/caches.ts'
import { hear } from './support-unit/records.ts'
import { describeSurface } from './support-unit/surface.ts'
import { until } from '@tiercel/dev-redis'

const caches = new Caches()

describeSurface('L1 alone', (options) => caches.make(options))
describeSurface('no tier at all but the loader', (options) => {
  const { l1 = {} } = options ?? {}
  return caches.make({ ...options, l1 })
})

test('a pattern drops what is held under it, and what is being loaded', async () => {
  await using cache = createCache({ namespace: 'patterns' })
  await cache.set('export:1', 1)
  await cache.set('other', 1)
  let answer!: (value: string) => void
  const loading = cache.getOrSet(
    'export:2',
    () => new Promise<string>((resolve) => (answer = resolve)),
  )
  expect(await cache.invalidatePattern('export:*')).toMatchObject({ way: 'sweep', looks: 0 })
  answer('old')
  await loading
  expect(cache.peek('export:1')).toBeUndefined()
  expect(cache.peek('export:2')).toBeUndefined()
  expect(cache.peek('other')).toBe(1)
})

test('a cache without L1 and without Redis keeps nothing, but still loads once for all who ask', async () => {
  const cache = await caches.make({ l1: false })
  const source = held<string>()
  let runs = 0
  const load = (): Promise<string> => {
    runs++
    return source.promise
  }
  const reads = [cache.getOrSet('k', load), cache.getOrSet('k', load)]
  source.resolve('v')
  expect(await Promise.all(reads)).toEqual(['v', 'v'])
  expect(runs).toBe(1)
  await cache.set('k', 'v')
  expect(await cache.get('k')).toBeUndefined()
  expect(cache.stats().l1).toMatchObject({ hits: 0, entries: 0, bytes: 0, evictions: 0 })
})

test('a value that no codec could serialize is kept all the same: here nothing is', async () => {
  const cache = await caches.make()
  const value = { call: () => 'called', symbol: Symbol('s') }
  await cache.set('k', value)
  expect(await cache.get('k')).toBe(value)
  expect(cache.stats().l2).toMatchObject({ state: 'none', unstored: 0 })
})

test('the least recently used entries make room', async () => {
  const cache = await caches.make({ l1: { maxEntries: 3 } })
  for (const key of ['a', 'b', 'c']) await cache.set(key, key)
  await cache.get('a')
  await cache.set('d', 'd')
  expect([...(await cache.getMany(['a', 'b', 'c', 'd'])).keys()]).toEqual(['a', 'c', 'd'])
  expect(cache.stats().l1).toMatchObject({ entries: 3, evictions: 1 })
})

test('a limit in bytes is kept, by values that were loaded and by those that were set', async () => {
  const cache = await caches.make({ l1: { maxBytes: '64kb' } })
  const large = 'x'.repeat(10_000)
  for (let i = 0; i < 10; i++) {
    await cache.set(`set-${i}`, large)
    await cache.getOrSet(`loaded-${i}`, () => large)
  }
  const { bytes, entries, evictions } = cache.stats().l1
  expect(bytes).toBeGreaterThan(50_000)
  expect(bytes).toBeLessThanOrEqual(65_536)
  expect(entries).toBe(6)
  expect(evictions).toBe(14)
  await cache.set('larger than all of it', 'x'.repeat(70_000))
  expect(await cache.get('larger than all of it')).toBeUndefined()
})

test('`ready` has nothing to wait for', async () => {
  await expect((await caches.make()).ready()).resolves.toBeUndefined()
})

test('the counters are exact', async () => {
  const cache = await caches.make()
  await cache.set('a', 1) // no read
  await cache.get('a') // hit
  await cache.has('a') // hit
  cache.peek('a') // hit
  cache.peek('absent') // nothing: it was only a look
  await cache.get('absent') // absent
  await cache.getMany(['a', 'a', 'absent']) // hit, absent: a key counts once
  await cache.getOrSet('b', () => 2) // loaded
  await cache.getOrSet('none', () => undefined) // absent
  await cache.getOrSet('remembered', () => undefined, { negativeTtl: '1h' }) // absent
  await cache.getMany(['remembered']) // hit: that there is none
  await cache
    .getOrSet('fails', () => {
      throw new Error('no')
    })
    .catch(() => {}) // failed
  await cache.getOrSetMany(['a', 'c', 'd'], (keys) => keys.map((key) => [key, key])) // hit, 2 loaded
  expect(cache.stats()).toEqual({
    namespace: caches.namespace,
    l1: {
      hits: 6,
      entries: 5,
      bytes: 0,
      evictions: 0,
      removed: { entries: 0, bytes: 0, dropped: 0, replaced: 0 },
    },
    l2: { hits: 0, errors: 0, state: 'none', frameErrors: 0, unstored: 0 },
    reads: { total: 14, stale: 0, grace: 0, loaded: 3, absent: 4, failed: 1 },
    loads: {
      total: 6,
      errors: 1,
      timeouts: 0,
      leaseWaits: 0,
      fillsRefused: 0,
      fillsDropped: 0,
      extended: 0,
      queued: 0,
      refused: 0,
      underway: 0,
      refreshErrors: 0,
      refreshesDropped: 0,
    },
    coherence: {
      isConfirmed: true,
      confirmedAgo: 0,
      subscription: 'none',
      messages: 0,
      gaps: 0,
      rebases: 0,
      reconnects: 0,
      healed: 0,
      dataLosses: 0,
      lateMutations: 0,
      overtaken: 0,
      updateConflicts: 0,
      outbox: 0,
      outboxDropped: 0,
      errors: 0,
    },
    families: [
      {
        name: undefined,
        total: 14,
        hitL1: 6,
        hitL2: 0,
        stale: 0,
        grace: 0,
        loaded: 3,
        absent: 4,
        failed: 1,
      },
    ],
  })
  expect(cache.namespace('part').stats()).toEqual(cache.stats())
})

/** A bit of everything. */
async function work(cache: Cache): Promise<void> {
  const users = cache.namespace('users')
  await users.set('a', 1, { tags: ['t'] })
  await users.get('a')
  await cache.get('absent')
  await cache.getOrSet('b', () => 2)
  await cache
    .getOrSet('fails', () => {
      throw new Error('no')
    })
    .catch(() => {})
  await cache.getOrSetMany(['b', 'c'], (keys) => keys.map((key) => [key, key]))
  await cache.setMany([
    ['d', 4],
    ['e', 5],
  ])
  await cache.delete('d')
  await cache.expire('e')
  await cache.invalidateTags(['t'])
  await users.clear()
  await cache.clear()
}

/** What is heard of a write without Redis. */
function written(operation: string, keys: string[], tags: string[] = []): object[] {
  return [
    { on: 'invalidation', origin: 'here', keys, tags, clear: operation === 'clear' },
    { on: 'write', operation, keys, tags, receipt: 'everywhere' },
  ]
}

test('what is reported is exact: every read, load, write and invalidation, once', async () => {
  const cache = await caches.make()
  using records = hear(caches.namespace)
  await work(cache)
  const own = '\u0001users:'
  expect(records.heard).toEqual([
    ...written('set', ['users:a']),
    { on: 'read', key: 'users:a', outcome: 'hit-l1' },
    { on: 'read', key: 'absent', outcome: 'absent' },
    { on: 'load', key: 'b', outcome: 'filled', error: undefined },
    { on: 'read', key: 'b', outcome: 'loaded' },
    { on: 'load', key: 'fails', outcome: 'failed', error: new Error('no') },
    { on: 'read', key: 'fails', outcome: 'failed' },
    { on: 'read', key: 'b', outcome: 'hit-l1' },
    { on: 'load', key: 'c', outcome: 'filled', error: undefined },
    { on: 'read', key: 'c', outcome: 'loaded' },
    ...written('set', ['d', 'e']),
    ...written('delete', ['d']),
    ...written('expire', ['e']),
    ...written('invalidateTags', [], ['t']),
    ...written('invalidateTags', [], [own]),
    ...written('clear', []),
  ])
})

test('values are in no record', async () => {
  const cache = await caches.make()
  using records = hear(caches.namespace)
  await cache.set('k', 'a secret')
  await cache.get('k')
  await cache.getOrSet('l', () => 'a secret')
  expect(records.heard.length).toBeGreaterThan(3)
  expect(JSON.stringify(records.heard)).not.toContain('a secret')
})

test('nothing is reported when nobody listens', async () => {
  const cache = await caches.make()
  const published: unknown[] = []
  const channels = Object.values(CHANNELS).map((name) => channel(name))
  for (const own of channels) own.publish = (record) => published.push(record)
  try {
    await work(cache)
  } finally {
    for (const own of channels) Reflect.deleteProperty(own, 'publish')
  }
  expect(published).toEqual([])
})

test('a listener that stops hears no more', async () => {
  const cache = await caches.make()
  const records = hear(caches.namespace)
  await cache.get('a')
  records[Symbol.dispose]()
  await cache.get('b')
  expect(records.heard).toEqual([{ on: 'read', key: 'a', outcome: 'absent' }])
})

test('a closed cache rejects whatever it is asked, and holds nothing any more', async () => {
  const cache = createCache({ namespace: 'closing' })
  const part = cache.namespace('part')
  await cache.set('k', 'v')
  await cache.close()
  expect(cache.peek('k')).toBeUndefined()
  for (const own of [cache, part]) {
    for (const call of [
      () => own.get('k'),
      () => own.has('k'),
      () => own.getOrSet('k', () => 1),
      () => own.getMany(['k']),
      () => own.getMany([]),
      () => own.getOrSetMany(['k'], () => []),
      () => own.set('k', 1),
      () => own.setMany([['k', 1]]),
      () => own.delete('k'),
      () => own.deleteMany(['k']),
      () => own.expire('k'),
      () => own.invalidateTags(['t']),
      () => own.clear(),
      () => own.ready(),
    ]) {
      const called = call()
      await expect(called).rejects.toThrow(ClosedError)
      await expect(called).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    }
    expect(own.isClosed).toBe(true)
  }
})

test('a cache is closed once, however often it is told to, and by `await using`', async () => {
  let scoped: Cache
  {
    await using cache = createCache({ namespace: 'scoped' })
    scoped = cache
    expect(cache.isClosed).toBe(false)
  }
  expect(scoped.isClosed).toBe(true)
  await Promise.all([scoped.close(), scoped.close()])
  await scoped.close()
})

test('closing a namespace closes the cache', async () => {
  const cache = createCache({ namespace: 'closing' })
  await cache.namespace('part').close()
  expect(cache.isClosed).toBe(true)
})

test('closing aborts what is loading; what it brings then is given to who waits, and kept nowhere', async () => {
  const cache = createCache({ namespace: 'closing' })
  const source = held<string>()
  let signal: AbortSignal | undefined
  const reading = cache.getOrSet('k', (context) => {
    signal = context.signal
    return source.promise
  })
  await new Promise(setImmediate)
  const closing = cache.close({ within: 0 })
  expect(signal?.aborted).toBe(true)
  await closing
  source.resolve('late')
  expect(await reading).toBe('late')
  expect(cache.peek('k')).toBeUndefined()
  await expect(cache.get('k')).rejects.toThrow(ClosedError)
})

test('closing waits for refreshes that nobody else waits for', async () => {
  const cache = createCache({ namespace: 'closing' })
  const options = { ttl: 1, staleWhileRevalidate: '1h' } as const
  await cache.set('k', 'old', options)
  const source = held<string>()
  let loads = 0
  const load = (): Promise<string> => {
    loads++
    return source.promise
  }
  await until('a refresh', async () => {
    await cache.getOrSet('k', load, options)
    return loads > 0
  })
  let isClosed = false
  const closing = cache.close().then(() => {
    isClosed = true
  })
  await new Promise(setImmediate)
  expect(isClosed).toBe(false)
  source.resolve('new')
  await closing
})

test('a bound on closing that is no duration rejects', async () => {
  const cache = await caches.make()
  await expect(cache.close({ within: 'soon' as '1s' })).rejects.toThrow(/within must be a duration/)
})
