import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type BeatRecord,
  CHANNELS,
  type CodecRecord,
  type InvalidationRecord,
  type TripRecord,
} from '../src/index.ts'
import { sentBy, sinceSent } from '../src/coherence/sent.ts'
import { Caches } from './support-unit/caches.ts'
import { until } from '@tiercel/dev-redis'

let redis: DevRedis
const caches = new Caches(() => redis.url)

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(() => redis.stop())

/** What one cache reports on a channel. */
function recordsOf<R>(channel: keyof typeof CHANNELS, id: string): R[] & Disposable {
  const records: R[] = []
  const hear = (record: unknown): void => {
    if ((record as { cache: string }).cache === id) records.push(record as R)
  }
  subscribe(CHANNELS[channel], hear)
  return Object.assign(records, {
    [Symbol.dispose]: () => {
      unsubscribe(CHANNELS[channel], hear)
    },
  })
}

test('requests, codecs and beats are told, each of its own cache', async () => {
  const [a, b] = [await caches.make(), await caches.make()]
  expect(a.namespace('part').id).toBe(a.id)
  expect(a.id).not.toBe(b.id)
  const users = a.keyspace('user:{id}')
  await users.get({ id: 1 }) // the first use of a family asks for its settings
  using trips = recordsOf<TripRecord>('trip', a.id)
  using codecs = recordsOf<CodecRecord>('codec', a.id)
  using others = recordsOf<CodecRecord>('codec', b.id)
  using beats = recordsOf<BeatRecord>('beat', a.id)
  await users.set({ id: 1 }, 'Ada')
  await b.get('user:1')
  await a.get('absent')
  await until('a beat', () => beats.length > 0)
  expect(trips.filter(({ operation }) => operation !== 'hello')).toEqual([
    expect.objectContaining({ operation: 'change', outcome: 'answered', shard: 0 }),
    expect.objectContaining({ operation: 'read', outcome: 'answered', shard: 0 }),
  ])
  const done = { namespace: caches.namespace, key: 'user:1', outcome: 'done', bytes: 5 }
  expect([...codecs]).toEqual([
    expect.objectContaining({ ...done, operation: 'encode', family: 'user:{id}' }),
  ])
  expect([...others]).toEqual([expect.objectContaining({ ...done, operation: 'decode' })])
  for (const { ms } of [...trips, ...codecs, ...beats]) expect(ms).toBeGreaterThanOrEqual(0)
})

test('a peer on the same host is told how long an invalidation took to reach it', async () => {
  const [a, b] = [await caches.make(), await caches.make()]
  using heard = recordsOf<InvalidationRecord>('invalidation', b.id)
  await until('both subscriptions', () =>
    [a, b].every((cache) => cache.stats().coherence.subscription === 'subscribed'),
  )
  await a.delete('k')
  await until('the message', () => heard.length > 0)
  const [{ origin, lag } = {}] = heard
  expect(origin).toBe('peer')
  expect(lag === undefined).toBe(sinceSent(sentBy('')) === undefined)
  expect(lag ?? 0).toBeGreaterThanOrEqual(0)
})

test('a request that fails is told as such, and one that is not sent is not', async () => {
  const own = await startRedis()
  const cache = await caches.make({ redis: own.url, l2: { timeout: '100ms' } })
  using trips = recordsOf<TripRecord>('trip', cache.id)
  await own.stop()
  await until('the breaker', async () => {
    await cache.get('k')
    return cache.stats().l2.state === 'open'
  })
  expect(trips.some(({ outcome }) => outcome === 'failed')).toBe(true)
  const before = trips.filter(({ operation }) => operation === 'read').length
  await cache.get('k')
  expect(trips.filter(({ operation }) => operation === 'read')).toHaveLength(before)
})
