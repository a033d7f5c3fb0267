import { json, msgpack } from '@tiercel/serializers'
import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cache, type CacheOptions, TierError, createCache, entry } from '../src/index.ts'
import { decodeFrame } from '../src/frame.ts'
import { ShardKeys } from '../src/redis/keys.ts'
import { held } from '../src/testing/held.ts'
import { Caches } from './support-unit/caches.ts'
import { hear } from './support-unit/records.ts'
import { describeSurface } from './support-unit/surface.ts'
import { until } from '@tiercel/dev-redis'

let redis: DevRedis
let admin: Redis
const caches = new Caches(() => redis.url)

beforeAll(async () => {
  redis = await startRedis()
  admin = new Redis(redis.url)
})

afterAll(async () => {
  admin.disconnect()
  await redis.stop()
})

function keys(): ShardKeys {
  return new ShardKeys(caches.namespace, 1, 0)
}

/** Waits until what was loaded is in L2. */
async function stored(key: string): Promise<Buffer> {
  return (await until(`${key} in L2`, () => admin.getBuffer(keys().entry(key)))) as Buffer
}

/** Everything once; the lines say what each counts. */
async function work(cache: Cache, other: Cache): Promise<void> {
  await cache.set('a', 1)
  await cache.get('a') // hit in L1
  await cache.get('absent') // absent
  await cache.getOrSet('b', () => 2) // loaded
  await until('b to be stored', async () => (await other.get('b')) === 2)
  await cache.getOrSet('fails', failing).catch(() => {}) // failed
  await cache.getOrSet('none', () => undefined) // absent
  await until('the loads to end', () => cache.stats().loads.underway === 0)
  await other.set('c', 3)
  await cache.getMany(['a', 'b', 'c', 'absent']) // 2 hits in L1, 1 in L2, absent
}

async function expectToWork(options: CacheOptions['redis']): Promise<void> {
  const cache = await caches.make({ redis: options as string })
  await cache.set('k', 'v')
  const other = await caches.make()
  expect(await other.get('k')).toBe('v')
  await cache.close()
}

function failing(): never {
  throw new Error('the source is down')
}

describeSurface('L1 and L2', (options) => caches.make(options))
describeSurface('L2 alone', ({ l1, ...options } = {}) =>
  caches.make({ ...options, l1: l1 === undefined ? false : l1 }),
)

describe('what is in Redis', () => {
  test('is a frame that says what it is, for as long as its ttl and its grace', async () => {
    const cache = await caches.make({ defaults: { jitter: 0 } })
    await cache.set('k', { a: 1 }, { ttl: '1h', grace: '2h', tags: ['t', 'u'] })
    const frame = decodeFrame(await stored('k'))
    const meta = (await admin.getBuffer(keys().meta)) as Buffer
    expect(frame).toMatchObject({
      isAbsent: false,
      codecId: msgpack().id,
      grace: 7_200_000,
      tags: ['t', 'u'],
      line: meta.toString('latin1', 0, 16),
      start: meta.readDoubleBE(72),
    })
    const [seconds, micros] = (await admin.time()) as unknown as [number, number]
    const now = seconds * 1_000 + micros / 1_000
    expect(frame.expiresAt - now).toBeGreaterThan(3_500_000)
    expect(frame.expiresAt - now).toBeLessThanOrEqual(3_600_000)
    const kept = await admin.pttl(keys().entry('k'))
    expect(kept).toBeGreaterThan(10_700_000)
    expect(kept).toBeLessThanOrEqual(10_800_000)
    for (const tag of ['t', 'u']) {
      expect(await admin.pttl(keys().tag(tag))).toBeGreaterThan(kept) // a record outlives its entries
    }
  })

  test('says how long the load took, and nothing of a value that is not there', async () => {
    const cache = await caches.make()
    await cache.getOrSet('none', () => undefined, { negativeTtl: '1h' })
    const frame = decodeFrame(await stored('none'))
    expect(frame).toMatchObject({ isAbsent: true, grace: 0 })
    expect(frame.cost).toBeGreaterThanOrEqual(0)
    expect(frame.payload).toHaveLength(0)
  })

  test('lives for its ttl less the jitter, and never longer', async () => {
    const cache = await caches.make({ defaults: { ttl: '100h', maxTtl: '100h', jitter: 0.25 } })
    const hours: number[] = []
    for (let i = 0; i < 100; i++) await cache.set(`k${i}`, i)
    for (let i = 0; i < 100; i++) hours.push((await admin.pttl(keys().entry(`k${i}`))) / 3_600_000)
    expect(Math.max(...hours)).toBeLessThanOrEqual(100)
    expect(Math.min(...hours)).toBeGreaterThan(74.9)
    expect(Math.max(...hours) - Math.min(...hours)).toBeGreaterThan(5)
  })

  test('is a numbering of 96 bytes, and messages that carry it', async () => {
    const cache = await caches.make()
    const subscriber = admin.duplicate()
    const messages: string[] = []
    subscriber.on('message', (_, message) => messages.push(message))
    await subscriber.subscribe(keys().channel)
    await cache.set('key 1', 'v')
    await cache.invalidateTags(['tag 1'])
    await cache.clear()
    const meta = (await admin.getBuffer(keys().meta)) as Buffer
    expect(meta).toHaveLength(96)
    const head = `1 ${meta.toString('latin1', 0, 16)} ${meta.toString('latin1', 16, 32)}`
    const [seq, tseq, clr] = [72, 80, 88].map((at) => meta.readDoubleBE(at)) as [
      number,
      number,
      number,
    ]
    expect([tseq, clr]).toEqual([seq - 1, seq])
    await until('all messages', () => messages.length === 3)
    expect(messages).toEqual([
      `${head} ${seq - 2} ["kkey 1"]`,
      `${head} ${seq - 1} ["ttag 1"]`,
      `${head} ${seq} ["*"]`,
    ])
    subscriber.disconnect()
  })

  test('is gone, with fence and lease, after a delete', async () => {
    const cache = await caches.make()
    await cache.getOrSet('k', () => 'v')
    await stored('k')
    await cache.delete('k')
    const own = keys()
    expect(await admin.exists(own.entry('k'), own.fence('k'), own.lease('k'))).toBe(0)
  })

  test('has no fence and no lease left once a load was stored, or failed, or brought nothing', async () => {
    const cache = await caches.make()
    await cache.getOrSet('stored', () => 'v')
    await cache.getOrSet('failed', failing).catch(() => {})
    await cache.getOrSet('nothing', () => undefined)
    await cache.getOrSet('not stored', () => 'v', { ttl: 0 })
    for (const key of ['stored', 'failed', 'nothing', 'not stored']) {
      await until(
        `the lease of ${key} to end`,
        async () => !(await admin.exists(keys().lease(key))),
      )
    }
    expect(await admin.exists(keys().fence('stored'))).toBe(0)
  })
})

describe('a value from L2', () => {
  test('fills L1, so that Redis is not asked again', async () => {
    const cache = await caches.make()
    await cache.set('k', 'v')
    const other = await caches.make()
    expect(other.peek('k')).toBeUndefined()
    expect(await other.get('k')).toBe('v')
    expect(other.peek('k')).toBe('v')
    await other.get('k')
    expect(other.stats()).toMatchObject({ l1: { hits: 2 }, l2: { hits: 1 } })
  })

  test('is what went in, whatever plain or richer data it is', async () => {
    const value = {
      text: 'é😀\u0000',
      numbers: [0, -1, 1.5, 2 ** 53, -Infinity, NaN],
      date: new Date('2026-01-02T03:04:05.678Z'),
      map: new Map<unknown, unknown>([
        [1, 'one'],
        ['nested', new Map([['k', new Set([1])]])],
      ]),
      set: new Set(['a', 2]),
      big: 2n ** 80n,
      buffer: Buffer.from([0, 1, 255]),
      floats: new Float32Array([1.5, -2]),
      nothing: null,
      list: [[], {}, [null]],
    }
    const cache = await caches.make()
    await cache.set('set', value)
    await cache.getOrSet('loaded', () => value)
    await stored('loaded')
    const other = await caches.make()
    for (const key of ['set', 'loaded']) {
      expect(await other.get(key)).toEqual(await cache.get(key))
      expect(await other.get(key)).toEqual(value)
    }
    const buffer = (await other.get<typeof value>('set'))?.buffer
    expect(Buffer.isBuffer(buffer)).toBe(true)
  })

  test('is frozen, cloned or shared as one from L1 is', async () => {
    const cache = await caches.make()
    await cache.set('k', { list: [1] })
    for (const [isolation, isFrozen] of [
      ['freeze', true],
      ['clone', false],
      ['share', false],
    ] as const) {
      const other = await caches.make({ l1: { isolation } })
      const first = await other.get<{ list: number[] }>('k')
      expect(Object.isFrozen(first?.list)).toBe(isFrozen)
      if (isolation === 'clone') first?.list.push(2)
      expect(await other.get('k')).toEqual({ list: [1] })
    }
  })

  test('of another codec is a miss, counted, and replaced by what is loaded', async () => {
    const writer = await caches.make({ l2: { codec: json(), timeout: '5s' } })
    await writer.set('k', 'as json')
    const cache = await caches.make()
    expect(await cache.get('k')).toBeUndefined()
    expect(cache.stats().l2).toMatchObject({ hits: 0, frameErrors: 1, errors: 0 })
    expect(await cache.getOrSet('k', () => 'as msgpack')).toBe('as msgpack')
    await until('the new bytes', async () => {
      return decodeFrame(await stored('k')).codecId === msgpack().id
    })
  })

  test('that is damaged is a miss, counted and reported, and replaced by what is loaded', async () => {
    const cache = await caches.make()
    await cache.set('k', 'v')
    const bytes = await stored('k')
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1
    await admin.set(keys().entry('k'), bytes)
    const other = await caches.make()
    using records = hear(caches.namespace)
    expect(await other.get('k')).toBeUndefined()
    expect(records.heard.filter(({ on }) => on === 'tier' || on === 'read')).toMatchObject([
      { on: 'tier', tier: 'l2', state: 'error', error: { code: 'ERR_FRAME' } },
      { on: 'read', key: 'k', outcome: 'absent' },
    ])
    expect(await other.getOrSet('k', () => 'new')).toBe('new')
    expect(other.stats().l2.frameErrors).toBeGreaterThan(0)
  })
})

describe('a value that can not be stored in L2', () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  const UNSTORABLE: readonly { readonly name: string; readonly value: unknown }[] = [
    { name: 'refers to itself', value: cycle },
    { name: 'is too large', value: 'x'.repeat(2_000) },
  ]
  const options = { l2: { codec: json(), maxValueBytes: '1kb', timeout: '5s' } } as const

  test.each(UNSTORABLE)(
    'since it $name is kept in L1 alone when it is loaded',
    async ({ value }) => {
      const cache = await caches.make({ ...options, l1: { isolation: 'share' } })
      using records = hear(caches.namespace)
      expect(await cache.getOrSet('k', () => value)).toBe(value)
      await until('the report', () => records.heard.some(({ on }) => on === 'load'))
      expect(records.heard.filter(({ on }) => on === 'load')).toMatchObject([
        { key: 'k', outcome: 'unstored', error: { code: 'ERR_FRAME', key: 'k' } },
      ])
      expect(cache.peek('k')).toBe(value)
      expect(await admin.exists(keys().entry('k'))).toBe(0)
      expect(cache.stats().l2).toMatchObject({ unstored: 1, errors: 0, state: 'closed' })
    },
  )

  test.each(UNSTORABLE)('since it $name is kept in L1 alone when it is set', async ({ value }) => {
    const cache = await caches.make({ ...options, l1: { isolation: 'share' } })
    await cache.set('k', 'old')
    expect(await cache.set('k', value)).toBe('everywhere')
    expect(await cache.get('k')).toBe(value)
    expect(await admin.exists(keys().entry('k'))).toBe(0) // the older one is gone with it
    expect(cache.stats().l2.unstored).toBe(1)
  })

  test('leaves the others of a `setMany` alone', async () => {
    const cache = await caches.make(options)
    await cache.setMany([
      ['a', 1],
      ['b', 'x'.repeat(2_000)],
      ['c', 3],
    ])
    const other = await caches.make(options)
    expect([...(await other.getMany(['a', 'b', 'c'])).keys()]).toEqual(['a', 'c'])
  })

  test('counts by its size in an L1 that is limited by bytes', async () => {
    const cache = await caches.make({ ...options, l1: { maxBytes: '10kb' } })
    for (let i = 0; i < 10; i++) await cache.getOrSet(`k${i}`, () => 'x'.repeat(2_000))
    await until('the fills', () => cache.stats().loads.underway === 0)
    expect(cache.stats().l1.bytes).toBeLessThanOrEqual(10_240)
    expect(cache.stats().l1.entries).toBe(4)
  })
})

const loadNew = () => 'new'

describe('time', () => {
  test('a short ttl ends in both tiers', async () => {
    const cache = await caches.make()
    await cache.set('k', 'v', { ttl: '30ms' })
    await until('L1 to end', () => cache.peek('k') === undefined)
    await until('L2 to end', async () => (await cache.get('k')) === undefined)
    expect(await cache.getOrSet('k', () => 'new')).toBe('new')
  })

  test('a ttl of the cache, of the call and of the loader each end', async () => {
    const cache = await caches.make({ defaults: { ttl: '20ms' } })
    await cache.getOrSet('cache', () => 1)
    await cache.getOrSet('call', () => 1, { ttl: 20 })
    await cache.getOrSet('loader', () => entry(1, { ttl: '20ms' }), { ttl: '1h' })
    await cache.getOrSet('long', () => entry(1, { ttl: '1h' }), { ttl: 20 })
    for (const key of ['cache', 'call', 'loader']) {
      await until(`${key} to end`, async () => !(await cache.has(key)))
    }
    expect(await cache.get('long')).toBe(1)
  })

  test('a longest ttl cuts all others', async () => {
    const cache = await caches.make({ defaults: { maxTtl: '1h', jitter: 0 } })
    await cache.set('set', 1, { ttl: '30d' })
    await cache.getOrSet('loaded', () => entry(1, { ttl: Infinity }), { grace: '30d' })
    await stored('loaded')
    expect(await admin.pttl(keys().entry('set'))).toBeLessThanOrEqual(3_600_000)
    expect(await admin.pttl(keys().entry('loaded'))).toBeLessThanOrEqual(7_200_000)
  })

  test('a value is served stale while it is loaded anew, by one loader', async () => {
    const cache = await caches.make()
    const options = { ttl: '1h', staleWhileRevalidate: '1h' } as const
    await cache.set('k', 'old', { ...options, ttl: '20ms' })
    await until('the ttl to end', () => cache.peek('k') === undefined)
    const next = held<string>()
    let runs = 0
    const load = (): Promise<string> => {
      runs++
      return next.promise
    }
    const reads = Array.from({ length: 10 }, () => cache.getOrSet('k', load, options))
    expect(await Promise.all(reads)).toEqual(Array(10).fill('old'))
    next.resolve('new')
    // Asked with the loader: what seemed to have ended may turn out to be fresh for some milliseconds more.
    await until('the refresh', async () => (await cache.getOrSet('k', load, options)) === 'new')
    expect(runs).toBe(1)
    expect(cache.stats().reads.stale).toBeGreaterThanOrEqual(10)
  })

  test('a value in its grace is served when the load fails or is late, and not when it was dropped', async () => {
    const cache = await caches.make()
    const options = { ttl: '1h', grace: '1h' } as const
    await cache.set('k', 'old', { ...options, ttl: '20ms' })
    await until('the ttl to end', () => cache.peek('k') === undefined)
    expect(await cache.getOrSet('k', failing, options)).toBe('old')
    const source = held<string>()
    const late = await cache.getOrSet('k', () => source.promise, { ...options, softTimeout: 1 })
    expect(late).toBe('old')
    source.resolve('new')
    await until('the load', async () => (await cache.getOrSet('k', loadNew, options)) === 'new')
    await until('its fill', () => cache.stats().loads.underway === 0)
    await cache.expire('k')
    expect(await cache.getOrSet('k', failing, options)).toBe('new')
    await cache.delete('k')
    await expect(cache.getOrSet('k', failing, options)).rejects.toThrow('the source is down')
  })

  test('a load that finds nothing to keep leaves no older value to be served', async () => {
    const cache = await caches.make()
    const options = { ttl: '1h', staleWhileRevalidate: '1h', grace: '1h' } as const
    await cache.set('k', 'old', options)
    await cache.expire('k')
    expect(await cache.getOrSet<unknown>('k', () => undefined, options)).toBe('old')
    await until('the older value to go', async () => {
      return (await cache.getOrSet<unknown>('k', () => undefined, options)) === undefined
    })
    await expect(cache.getOrSet('k', failing, options)).rejects.toThrow('the source is down')
  })

  test('a load that does not settle is given up', async () => {
    const cache = await caches.make()
    let signal: AbortSignal | undefined
    const read = cache.getOrSet(
      'k',
      (context) => {
        signal = context.signal
        return new Promise(() => {})
      },
      { hardTimeout: 20 },
    )
    await expect(read).rejects.toMatchObject({ code: 'ERR_LOAD_TIMEOUT', key: 'k' })
    expect(signal?.aborted).toBe(true)
    expect(await cache.getOrSet('k', () => 'next')).toBe('next')
  })
})

describe('receipts', () => {
  test("say 'everywhere' when Redis has it", async () => {
    const cache = await caches.make()
    for (const write of [
      () => cache.set('k', 1),
      () => cache.setMany([['k', 1]]),
      () => cache.set('k', 1, { strict: true, ttl: '1m' }),
      () => cache.expire('k'),
      () => cache.delete('k', { strict: true }),
      () => cache.deleteMany(['k']),
      () => cache.invalidateTags(['t']),
      () => cache.clear({ strict: true }),
    ]) {
      expect([await write(), String(write)]).toEqual(['everywhere', String(write)])
    }
  })

  test("say 'here' when Redis was not reached, or reject if that was asked for", async () => {
    await using cache = createCache({
      namespace: caches.namespace,
      redis: { host: '127.0.0.1', port: 1 }, // nobody listens
      l2: { timeout: '5s' },
    })
    expect(await cache.set('k', 'v')).toBe('here')
    expect(await cache.get('k')).toBe('v')
    expect(await cache.delete('k')).toBe('here')
    expect(await cache.get('k')).toBeUndefined()
    const strict = cache.invalidateTags(['t'], { strict: true })
    await expect(strict).rejects.toThrow(TierError)
    await expect(strict).rejects.toMatchObject({
      code: 'ERR_TIER',
      tier: 'l2',
      operation: 'change',
    })
    expect(cache.stats().coherence).toMatchObject({ outbox: 2, isConfirmed: false })
  })
})

describe('counters and records', () => {
  test('the counters are exact', async () => {
    const cache = await caches.make()
    const other = await caches.make()
    await work(cache, other)
    await until('the messages', () => cache.stats().coherence.messages === 2)
    expect(cache.stats()).toMatchObject({
      l1: { hits: 3, entries: 3, bytes: 0, evictions: 0 },
      l2: { hits: 1, errors: 0, state: 'closed', frameErrors: 0, unstored: 0 },
      reads: { total: 9, stale: 0, grace: 0, loaded: 1, absent: 3, failed: 1 },
      loads: {
        total: 3,
        errors: 1,
        timeouts: 0,
        leaseWaits: 0,
        fillsRefused: 0,
        underway: 0,
        refreshErrors: 0,
        refreshesDropped: 0,
      },
      coherence: {
        isConfirmed: true,
        messages: 2,
        gaps: 0,
        rebases: 1,
        reconnects: 0,
        healed: 0,
        overtaken: 0,
        outbox: 0,
        errors: 0,
      },
    })
    const { confirmedAgo } = cache.stats().coherence
    expect(confirmedAgo >= 0 && confirmedAgo < 5_000).toBe(true)
  })

  test('what is reported is exact: every read, load, write and invalidation, once', async () => {
    using records = hear(caches.namespace)
    const cache = await caches.make()
    await until('the subscription', () => records.heard.some(({ state }) => state === 'subscribed'))
    records.heard.length = 0
    const on = (channel: string): object[] =>
      records.heard.filter((record) => record['on'] === channel)
    await cache.set('a', 1, { tags: ['t'] })
    await cache.get('a')
    await cache.get('absent')
    await cache.getOrSet('b', () => 2)
    await cache.getOrSet('fails', failing).catch(() => {})
    await cache.getOrSet('none', () => undefined)
    await cache.invalidateTags(['t'])
    await cache.get('a')
    await cache.delete('b')
    await cache.clear()
    await until('the loads to end', () => cache.stats().loads.underway === 0)
    await until('the messages', () => cache.stats().coherence.messages === 4)
    expect(on('read')).toEqual([
      { on: 'read', key: 'a', outcome: 'hit-l1' },
      { on: 'read', key: 'absent', outcome: 'absent' },
      { on: 'read', key: 'b', outcome: 'loaded' },
      { on: 'read', key: 'fails', outcome: 'failed' },
      { on: 'read', key: 'none', outcome: 'absent' },
      { on: 'read', key: 'a', outcome: 'absent' },
    ])
    const loads = [
      { on: 'load', key: 'b', outcome: 'filled', error: undefined },
      { on: 'load', key: 'fails', outcome: 'failed', error: new Error('the source is down') },
      { on: 'load', key: 'none', outcome: 'unkept', error: undefined },
    ]
    expect(on('load')).toHaveLength(loads.length)
    expect(on('load')).toEqual(expect.arrayContaining(loads)) // fills are told of when they are done

    expect(on('write')).toEqual([
      { on: 'write', operation: 'set', keys: ['a'], tags: [], receipt: 'everywhere' },
      { on: 'write', operation: 'invalidateTags', keys: [], tags: ['t'], receipt: 'everywhere' },
      { on: 'write', operation: 'delete', keys: ['b'], tags: [], receipt: 'everywhere' },
      { on: 'write', operation: 'clear', keys: [], tags: [], receipt: 'everywhere' },
    ])
    const applied = on('invalidation').map((record) => {
      const { keys: names, tags, clear } = record as Record<string, unknown>
      return [names, tags, clear]
    })
    // Each is applied once by its reply, and once more if its own message came before that.
    expect(
      [...new Set(applied.map((one) => JSON.stringify(one)))].map((one) => JSON.parse(one)),
    ).toEqual([
      [['a'], [], false],
      [[], ['t'], false],
      [['b'], [], false],
      [[], [], true],
    ])
    expect(on('tier')).toEqual([])
    expect(on('bus')).toEqual([])
  })

  test('the way of an instance to Redis is reported', async () => {
    using records = hear(caches.namespace)
    await caches.make()
    const heard = () => records.heard.filter(({ on }) => on === 'bus')
    await until('the subscription', () => heard().length === 2)
    expect(heard()).toContainEqual({ on: 'bus', state: 'rebased', shard: 0 })
    expect(heard()).toContainEqual({ on: 'bus', state: 'subscribed' })
  })
})

describe('the way to Redis', () => {
  test('may be a URL, options, or a client, which is not closed', async () => {
    await expectToWork(redis.url)
    await expectToWork({ host: redis.host, port: redis.port })
    const client = new Redis(redis.url)
    await expectToWork(client)
    expect(await client.ping()).toBe('PONG')
    client.disconnect()
  })

  test('may be a client that is not connected yet, or queues nothing while it is away', async () => {
    for (const options of [{ lazyConnect: true }, { enableOfflineQueue: false }]) {
      const client = new Redis(redis.url, options)
      await expectToWork(client)
      client.disconnect()
    }
  })

  test('keeps no listener on a client that was lent, once the cache is closed', async () => {
    const client = new Redis(redis.url)
    await client.ping()
    const counted = (): number =>
      client.eventNames().reduce((sum, event) => sum + client.listenerCount(event), 0)
    const before = counted()
    const cache = await caches.make({ redis: client })
    await cache.set('k', 'v')
    await cache.close()
    expect(counted()).toBe(before)
    client.disconnect()
  })

  test('ends with the cache: no connection of ours is left', async () => {
    const connectionName = caches.namespace
    const connections = async (): Promise<number> =>
      ((await admin.client('LIST')) as string).split(`name=${connectionName} `).length - 1
    const { host, port } = redis
    const cache = await caches.make({ redis: { host, port, connectionName } })
    await until('both connections', async () => (await connections()) === 2)
    await cache.close()
    await until('the connections to end', async () => (await connections()) === 0)
  })
})

describe('closing', () => {
  test('brings to Redis what was written just before', async () => {
    const cache = await caches.make()
    const writes = [cache.set('k', 'v'), cache.delete('l'), cache.invalidateTags(['t'])]
    await cache.close()
    expect(await Promise.all(writes)).toEqual(['everywhere', 'everywhere', 'everywhere'])
    const other = await caches.make()
    expect(await other.get('k')).toBe('v')
  })

  test('brings to Redis what was loaded just before', async () => {
    const cache = await caches.make()
    await cache.getOrSet('k', () => 'v')
    await cache.close()
    const other = await caches.make()
    expect(await other.get('k')).toBe('v')
  })
})
