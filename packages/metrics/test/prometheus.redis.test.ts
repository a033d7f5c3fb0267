import { LoadQueueError } from '@tiercel/core'
import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ALL, prometheusName } from '../src/instruments.ts'
import { prometheus } from '../src/prometheus.ts'
import { Caches } from './support/caches.ts'
import { scraped } from './support/scraped.ts'
import { until } from '@tiercel/dev-redis'
import { LOADS, READS, WRITES, work } from './support/workload.ts'

let redis: DevRedis
const caches = new Caches(() => redis.url)

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(() => redis.stop())

test('every counter of a known workload is exact, in the text that Prometheus reads', async () => {
  const register = new Registry()
  const [a, b] = [await caches.make(), await caches.make()]
  using _ = prometheus(a, { register })
  await work(a, b)
  const value = await scraped(register)
  const common = { namespace: caches.namespace, cache: 'main' }

  for (const [family, outcome, count] of READS) {
    expect([family, outcome, value('reads', { ...common, family, outcome })]).toEqual([
      family,
      outcome,
      count,
    ])
  }
  expect(value('reads')).toBe(READS.reduce((sum, [, , count]) => sum + count, 0))
  expect(value('reads')).toBe(a.stats().reads.total)
  // A hit in L1 takes no time that could be measured.
  expect(value('read.duration')).toBe(value('reads') - value('reads', { outcome: 'hit-l1' }))

  for (const [family, outcome, count] of LOADS) {
    expect([family, outcome, value('loads', { ...common, family, outcome })]).toEqual([
      family,
      outcome,
      count,
    ])
  }
  expect(value('loads')).toBe(LOADS.reduce((sum, [, , count]) => sum + count, 0))
  expect(value('load.duration')).toBe(value('loads'))
  expect(value('fills.refused')).toBe(1)

  for (const [operation, count] of WRITES) {
    expect([operation, value('writes', { operation, receipt: 'everywhere' })]).toEqual([
      operation,
      count,
    ])
  }
  expect(value('writes')).toBe(WRITES.reduce((sum, [, count]) => sum + count, 0))
  // One for each message: own writes, and of the other the set and the delete.
  expect(value('invalidations', { origin: 'peer' })).toBe(2)
  expect(value('invalidation.lag', { source: 'sent' })).toBe(process.platform === 'linux' ? 2 : 0)
  expect(value('invalidations', { origin: 'here' })).toBe(value('writes'))

  // Six values were stored by `a`, one was read from what `b` stored; `refused` was encoded too.
  expect(value('codec.duration', { operation: 'encode' })).toBe(6)
  expect(value('codec.duration', { operation: 'encode', family: 'user:{id}' })).toBe(2)
  expect(value('codec.duration', { operation: 'decode' })).toBeGreaterThanOrEqual(1)
  expect(value('codec.size')).toBe(value('codec.duration'))
  expect(value('l2.trip.duration', { operation: 'fill' })).toBe(4)
  expect(value('l2.trip.duration', { operation: 'change' })).toBe(value('writes'))
  expect(value('l2.trip.duration', { outcome: 'failed' })).toBe(0)

  expect(value('l2.breaker.open')).toBe(0)
  expect(value('bus.subscribed')).toBe(1)
  expect(value('bus.gaps')).toBe(0)
  expect(value('bound.held')).toBe(1)
  expect(value('outbox.length')).toBe(0)
  expect(value('l1.entries')).toBe(a.stats().l1.entries)
})

test('faults show: a breaker that opens, a bound that is not held, what waits, and that it is over', async () => {
  const own = await startRedis()
  const register = new Registry()
  const cache = await caches.make({
    redis: own.url,
    l2: { timeout: '100ms' },
    coherence: { maxStaleness: '500ms' },
  })
  using _ = prometheus(cache, { register })
  await until('the bound', () => cache.stats().coherence.isConfirmed)
  await own.kill()
  await until('the breaker', async () => {
    await cache.get('k')
    return cache.stats().l2.state === 'open'
  })
  await cache.delete('k')
  await until('the bound', () => !cache.stats().coherence.isConfirmed)
  const away = await scraped(register)
  expect(away('l2.breaker.open')).toBe(1)
  expect(away('bus.subscribed')).toBe(0)
  expect(away('bound.held')).toBe(0)
  expect(away('outbox.length')).toBe(1)
  expect(away('writes', { operation: 'delete', receipt: 'here' })).toBe(1)
  expect(away('l2.errors')).toBe(cache.stats().l2.errors)
  expect(away('l2.trip.duration', { outcome: 'failed' })).toBeGreaterThanOrEqual(5)
  await own.restart()
  await until('Redis to be used', () => cache.stats().l2.state === 'closed')
  await until('the outbox', () => cache.stats().coherence.outbox === 0)
  await until('the bound', () => cache.stats().coherence.isConfirmed)
  const back = await scraped(register)
  expect(back('l2.breaker.open')).toBe(0)
  expect(back('bound.held')).toBe(1)
  expect(back('outbox.length')).toBe(0)
  expect(back('rebases')).toBe(cache.stats().coherence.rebases)
  await own.stop()
})

test('loads that wait for a place, and those that are given none, are seen', async () => {
  const register = new Registry()
  const cache = await caches.make({ loads: { maxConcurrent: 1, queue: 1 } })
  using _ = prometheus(cache, { register })
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const load = () => held
  const first = cache.getOrSet('first', load)
  const second = cache.getOrSet('second', load)
  await expect(cache.getOrSet('third', load)).rejects.toThrow(LoadQueueError)
  const full = await scraped(register)
  expect(full('loads.queued')).toBe(1)
  expect(full('loads.refused')).toBe(1)
  release()
  await Promise.all([first, second])
  expect((await scraped(register))('loads.queued')).toBe(0)
})

test('two caches of one process stay apart, also in one namespace', async () => {
  const register = new Registry()
  const [a, b] = [await caches.make(), await caches.make()]
  const forA = prometheus(a, { register, name: 'a' })
  const forB = prometheus(b, { register, name: 'b' })
  await a.set('k', 1)
  await b.get('k')
  await b.get('k')
  const value = await scraped(register)
  expect(value('reads', { cache: 'a' })).toBe(0)
  expect(value('reads', { cache: 'b', outcome: 'hit-l2' })).toBe(1)
  expect(value('reads', { cache: 'b', outcome: 'hit-l1' })).toBe(1)
  expect(value('writes', { cache: 'a' })).toBe(1)
  expect(value('writes', { cache: 'b' })).toBe(0)
  expect(value('invalidations', { cache: 'b', origin: 'peer' })).toBe(1)
  expect(() => prometheus(a, { register, name: 'b' })).toThrow('name must differ')
  forA.stop()
  forB.stop()
})

test('queues of writers are asked with each scrape', async () => {
  const register = new Registry()
  const cache = await caches.make()
  let isDown = true
  const writer = cache.writer<string>({
    name: 'carts',
    mode: 'behind',
    write: () => {
      if (isDown) throw new Error('the source is down')
    },
    queue: { maxDelay: 0, firstRetry: '10ms', lastRetry: '20ms' },
  })
  using _ = prometheus(cache, { register, writers: [writer] })
  await writer.set('cart:1', 'one')
  await until('a retry', async () => {
    return (await scraped(register))('queue.events', { writer: 'carts', event: 'retry' }) > 0
  })
  expect((await scraped(register))('queue.depth', { writer: 'carts' })).toBe(1)
  isDown = false
  await writer.flush()
  await until('the write to be told', async () => {
    return (await scraped(register))('queue.events', { event: 'written' }) === 1
  })
  const value = await scraped(register)
  expect(value('queue.depth')).toBe(0)
  expect(value('queue.dead.letters')).toBe(0)
})

test('every instrument is in the text, with its type and help, and leaves with the last cache', async () => {
  const register = new Registry()
  const cache = await caches.make()
  const metrics = prometheus(cache, { register })
  const text = await register.metrics()
  for (const [name, { type, help }] of ALL) {
    expect(text).toContain(`# TYPE ${prometheusName(name)} ${type}\n`)
    expect(text).toContain(`# HELP ${prometheusName(name)} ${help}\n`)
  }
  metrics.stop()
  expect(await register.metrics()).toBe('\n')
})
