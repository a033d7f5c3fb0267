import { type DevPair, startPair } from '@tiercel/dev-redis'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Cache, type CacheOptions, type TierRecord, createCache } from '../src/index.ts'
import { Records } from './support/records.ts'
import { heardBy } from './support/messages.ts'
import { KEY } from './support/overtakings.ts'
import { BEATING, IS_OURS, Stage } from './support/stage.ts'
import { until } from './support/until.ts'

const stage = new Stage()
const { coherence } = BEATING

describe('with batchWindow', () => {
  test('what one instance invalidates within it is one message to the others', async () => {
    const [a, b] = await stage.pair({
      coherence: { beat: '10m', maxStaleness: '1h', batchWindow: '200ms' },
    })
    const before = b.cache.stats().coherence.messages
    await heardBy([a, b], () =>
      Promise.all(['k1', 'k2', 'k3', 'k4'].map((key) => a.cache.delete(key))),
    )
    expect(b.cache.stats().coherence.messages).toBe(before + 1)
  })
})

describe('with again', () => {
  test('what a load took from a replica that was behind is dropped everywhere', async () => {
    const [a, b] = await stage.pair()
    await a.cache.delete(KEY, { again: '300ms' })
    await b.cache.getOrSet(KEY, () => 'read from a replica that is behind')
    expect(b.cache.peek(KEY)).toBeDefined()
    await until('it to be dropped', () => b.cache.peek(KEY) === undefined)
    expect(await a.cache.get(KEY)).toBeUndefined()
  })

  test('it is done by close, when it was to be later', async () => {
    const [a, b] = await stage.pair()
    await a.cache.delete(KEY, { again: '1h' })
    await b.cache.getOrSet(KEY, () => 'read from a replica that is behind')
    await heardBy([b], () => a.cache.close())
    expect(await b.cache.get(KEY)).toBeUndefined()
  })
})

describe.runIf(IS_OURS)('of a Redis user who may not run INFO', () => {
  const caches: Cache[] = []

  async function cacheOf(options: CacheOptions['coherence']): Promise<Cache> {
    await stage.admin.acl('SETUSER', 'restricted', 'on', '>pw', '~*', '&*', '+@all', '-info')
    const url = new URL(stage.redis.url)
    url.username = 'restricted'
    url.password = 'pw'
    const cache = createCache({
      namespace: `info-${stage.namespace}`,
      redis: url.href,
      coherence: { ...coherence, ...options },
    })
    caches.push(cache)
    return cache
  }

  afterEach(async () => {
    for (const cache of caches.splice(0)) await cache.close()
  })

  test('the error names the option', async () => {
    const cache = await cacheOf({})
    await expect(cache.ready({ within: '1s' })).rejects.toThrow(
      /may not run INFO.*\+info.*coherence\.serverIdentity to 'none'/,
    )
  })

  test("`serverIdentity: 'none'` does without", async () => {
    const [a, b] = [
      await cacheOf({ serverIdentity: 'none' }),
      await cacheOf({ serverIdentity: 'none' }),
    ]
    await Promise.all([a.ready(), b.ready()])
    await a.set(KEY, 'v')
    expect(await b.get(KEY)).toBe('v')
    await a.delete(KEY)
    await until('the message', () => b.peek(KEY) === undefined)
    expect(await b.get(KEY)).toBeUndefined()
  })

  test('and takes every new connection for one to another server: what was invalidated goes again', async () => {
    const a = await cacheOf({ serverIdentity: 'none' })
    await a.ready()
    await until('the subscription', () => a.stats().coherence.isConfirmed)
    await a.set(KEY, 'v')
    await a.delete(KEY)
    const { healed, rebases } = a.stats().coherence
    const connections = (await stage.admin.client('LIST')) as string
    const ids = [...connections.matchAll(/^id=(\d+) .* user=restricted /gm)].map(([, id]) => id)
    expect(ids.length).toBeGreaterThan(0)
    for (const id of ids) await stage.admin.client('KILL', 'ID', id as string)
    await until('the healing', () => a.stats().coherence.healed > healed)
    await until('the new numbering', () => a.stats().coherence.rebases > rebases)
  })
})

describe.runIf(IS_OURS)('with a replica', () => {
  let pair: DevPair
  let admin: Redis
  let tests = 0
  const caches: Cache[] = []

  beforeAll(async () => {
    pair = await startPair({ log: () => {} })
    admin = new Redis(pair.primary.url)
    admin.on('error', () => {})
  })
  afterEach(async () => {
    tests++
    for (const cache of caches.splice(0)) await cache.close()
    await admin.config('SET', 'min-replicas-to-write', '0')
    await pair.healLink()
  })
  afterAll(async () => {
    admin.disconnect()
    await pair.stop()
  })

  async function cacheOf(options: CacheOptions['coherence']): Promise<Cache> {
    const cache = createCache({
      namespace: `replicated-${tests}`,
      redis: pair.url,
      coherence: { ...coherence, ...options },
    })
    caches.push(cache)
    await cache.ready()
    return cache
  }

  test('`durability` tells whether it has what was invalidated', async () => {
    const a = await cacheOf({ durability: { replicas: 1, timeout: '5s' } })
    expect(await a.delete(KEY)).toBe('replicated')
    expect(await a.set(KEY, 'v')).toBe('replicated')
    const hurried = await cacheOf({ durability: { replicas: 1, timeout: '100ms' } })
    await pair.cutLink()
    expect(await hurried.delete(KEY)).toBe('everywhere')
    expect(await a.get(KEY)).toBeUndefined()
  })

  test('`strictPrimary`: a primary without it is not believed, neither by L1 nor by L2', async () => {
    const strict = await cacheOf({ strictPrimary: true })
    const lax = await cacheOf({ strictPrimary: false })
    await until('the replica', async () => (await admin.info('replication')).includes('lag='))
    await strict.set(KEY, 'v')
    expect(await lax.get(KEY)).toBe('v')
    await pair.cutLink()
    await admin.config('SET', 'min-replicas-max-lag', '1')
    await admin.config('SET', 'min-replicas-to-write', '1')
    await until('the trust to end', () => !strict.stats().coherence.isConfirmed)
    let loaded = 0
    await until('L1 to stop', async () => {
      await strict.getOrSet(KEY, () => `loaded ${++loaded}`)
      return loaded > 0
    })
    expect(strict.peek(KEY)).toBeOneOf([undefined, 'loaded 1'])
    await admin.config('SET', 'min-replicas-to-write', '0')
    await until('the trust to be back', () => strict.stats().coherence.isConfirmed)
    expect(await strict.get(KEY)).toBeDefined()
  })
})

test('what is wrong with the subscription is told on the bus, with the error', async () => {
  const told: unknown[] = []
  const { subscribe, unsubscribe } = await import('node:diagnostics_channel')
  const hear = (record: unknown): void => void told.push(record)
  subscribe('tiercel:bus', hear)
  using tiers = new Records('tier', stage.namespace)
  await stage.begin({}, (proxy) => proxy.refuse())
  const isOfBus = (record: unknown): boolean =>
    (record as TierRecord).namespace === stage.namespace && (record as TierRecord).state === 'error'
  await until('the error', () => told.some(isOfBus))
  await tiers.first(({ state }) => state === 'error') // the connection for commands tells its own
  unsubscribe('tiercel:bus', hear)
})
