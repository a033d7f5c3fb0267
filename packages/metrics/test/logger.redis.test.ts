import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StructuredLogger, logTo } from '../src/logger/index.ts'
import { Caches } from './support/caches.ts'
import { until } from '@tiercel/dev-redis'

let redis: DevRedis
const caches = new Caches(() => redis.url)

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(() => redis.stop())

/** A pino whose lines are kept, but for those of the subscription, which is made when it is made. */
function kept() {
  const lines: Record<string, unknown>[] = []
  const write = (line: string): void => {
    const parsed = JSON.parse(line) as Record<string, unknown>
    if (parsed['event'] !== 'bus') lines.push(parsed)
  }
  return { lines, logger: pino({ level: 'debug' }, { write }) }
}

test('hits, misses, loads, errors and writes are lines of pino, with the key as it is meant', async () => {
  const { lines, logger } = kept()
  const cache = await caches.make()
  using _ = logTo(cache, logger, { sample: 1 })
  const users = cache.keyspace('user:{id}', { load: ({ id }) => id })
  await users.get({ id: 1 })
  await until('the fill', () => cache.stats().loads.underway === 0)
  await users.get({ id: 1 })
  await cache
    .getOrSet('fails', () => {
      throw new TypeError('the source is down')
    })
    .catch(() => {})
  await cache.set('a', 1, { tags: ['t'] })
  const common = { namespace: caches.namespace, cache: 'main' }
  const user = { ...common, family: 'user:{id}', key: 'user:1' }
  expect(lines).toEqual([
    expect.objectContaining({ ...user, event: 'read', outcome: 'loaded', msg: 'read: loaded' }),
    expect.objectContaining({ ...user, event: 'load', outcome: 'filled', level: 20 }),
    expect.objectContaining({ ...user, event: 'read', outcome: 'hit-l1', ms: 0 }),
    expect.objectContaining({
      ...common,
      event: 'load',
      key: 'fails',
      level: 50,
      error: { type: 'TypeError', message: 'the source is down' },
    }),
    expect.objectContaining({ event: 'read', key: 'fails', outcome: 'failed', level: 50 }),
    expect.objectContaining({ event: 'write', operation: 'set', keys: ['a'], count: 1, tags: 0 }),
  ])
})

test('what is hidden of a family is hidden in every line, also in those that do not know the family', async () => {
  const { lines, logger } = kept()
  const cache = await caches.make()
  const redact = { 'user:{id}:of:{tenant}': ['id'], 'token:{token}': true } as const
  using _ = logTo(cache, logger, { sample: 1, redact, redactPlain: true, slow: { read: 0 } })
  const users = cache.keyspace('user:{id}:of:{tenant}', { load: () => 1 })
  await users.get({ id: 'secret', tenant: 'acme' })
  await users.set({ id: 'secret', tenant: 'acme' }, 1)
  await cache.get('user:secret:of:acme')
  const tokens = cache.keyspace('token:{token}', {
    load: ({ token }) => {
      throw new Error(`no token ${token}`)
    },
  })
  await tokens.get({ token: 'secret' }).catch(() => {})
  await cache.get('plain-secret')
  await cache.delete('plain-secret')
  await until('the fill', () => cache.stats().loads.underway === 0)
  expect(JSON.stringify(lines)).not.toContain('secret')
  const keys = new Set(lines.flatMap(({ key, keys: many }) => (many ?? [key]) as string[]))
  expect([...keys].toSorted((a, b) => a.localeCompare(b))).toEqual([
    '(hidden)',
    'token:{token}',
    'user:{id}:of:acme',
  ])
})

test('what goes well is sampled; what is slow, or went wrong, is not', async () => {
  const { lines, logger } = kept()
  const cache = await caches.make()
  using _ = logTo(cache, logger, { sample: 0, slow: { write: 0, load: Infinity, l2: Infinity } })
  await cache.getOrSet('k', () => 1)
  await cache.get('k')
  expect(lines).toEqual([])
  await cache.delete('k')
  expect(lines).toEqual([
    expect.objectContaining({ event: 'slow', operation: 'delete', level: 40 }),
  ])
})

test('lines are limited, and what was dropped is told', async () => {
  const { lines, logger } = kept()
  const cache = await caches.make()
  using _ = logTo(cache, logger, { sample: 1, maxPerSecond: 2 })
  const total = (): number =>
    lines.reduce((sum, { event, lines: dropped }) => {
      return sum + (event === 'dropped' ? (dropped as number) : 1)
    }, 0)
  let reads = 0
  await until('what was dropped to be told', async () => {
    await cache.get('absent')
    reads++
    return lines.some(({ event }) => event === 'dropped')
  })
  expect(total()).toBeGreaterThan(2)
  expect(total()).toBeLessThanOrEqual(reads + 1)
})

test('a logger that throws harms nobody: not the read, and not the other listeners', async () => {
  const { lines, logger } = kept()
  const throwing = (): never => {
    throw new Error('the disk is full')
  }
  const broken: StructuredLogger = {
    debug: throwing,
    info: throwing,
    warn: throwing,
    error: throwing,
  }
  const uncaught: unknown[] = []
  const note = (error: unknown): void => {
    uncaught.push(error)
  }
  process.on('uncaughtException', note)
  const cache = await caches.make()
  using _ = logTo(cache, broken, { sample: 1 })
  const second = logTo(cache, logger, { sample: 1 })
  expect(await cache.getOrSet('k', () => 'value')).toBe('value')
  await new Promise((resolve) => setImmediate(resolve))
  process.off('uncaughtException', note)
  second.stop()
  expect(uncaught).toEqual([])
  expect(lines.map(({ event }) => event)).toContain('read')
})

test('two caches of one process stay apart', async () => {
  const { lines, logger } = kept()
  const [a, b] = [await caches.make(), await caches.make()]
  using _ = logTo(a, logger, { sample: 1 })
  await b.set('of-b', 1)
  await a.get('of-a')
  expect(lines.map(({ key }) => key)).toEqual(['of-a'])
})
