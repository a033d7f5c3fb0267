import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { Redis } from 'ioredis'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prometheus } from '../src/prometheus.ts'
import { hitRatio, redisMonitor } from '../src/redis-monitor/index.ts'
import { Caches } from './support/caches.ts'
import { scraped } from './support/scraped.ts'

let redis: DevRedis
let connection: Redis
const caches = new Caches(() => redis.url)

beforeAll(async () => {
  redis = await startRedis()
  connection = new Redis(redis.url)
})

afterAll(async () => {
  connection.disconnect()
  await redis.stop()
})

test('families, foreign keys, memory and the biggest keys are found, and go along with the metrics', async () => {
  const register = new Registry()
  const cache = await caches.make()
  const users = cache.keyspace('user:{id}')
  const orders = cache.keyspace('order:{id}:of:{user}', { version: 2 })
  await users.setMany(Array.from({ length: 30 }, (_, id) => [{ id }, 'x'] as const))
  await orders.setMany(Array.from({ length: 7 }, (_, id) => [{ id, user: id }, 'x'] as const))
  await cache.set('plain', 'y'.repeat(50_000))
  await connection.set('foreign', '1')
  using monitor = redisMonitor(cache, connection, { measured: 1_000 })
  using _ = prometheus(cache, { register, redis: monitor })
  const findings = await monitor.look()
  const keys = Object.fromEntries(findings.families.map((family) => [family.family, family.keys]))
  expect(keys).toEqual({ 'user:{id}': 30, 'order:{id}:of:{user}': 7, '(none)': 1 })
  expect(findings.foreign).toBe(1)
  expect(findings.bookkeeping).toBeGreaterThanOrEqual(1)
  expect(findings.looked).toBe(1)
  expect(findings.biggest[0]).toMatchObject({ key: 'plain' })
  expect(findings.biggest[0]?.bytes).toBeGreaterThan(50_000)
  const [server] = findings.servers
  expect(server?.memoryUsed).toBeGreaterThan(0)
  expect(server?.version).toMatch(/^\d+\./)
  expect(hitRatio(findings.servers)).toBeGreaterThanOrEqual(0)
  const value = await scraped(register)
  expect(value('redis.keys', { family: 'user:{id}' })).toBe(30)
  expect(value('redis.memory.used')).toBe(server?.memoryUsed)
  expect(value('redis.findings', { finding: 'no-limit' })).toBe(1)
})

test('a policy that may evict bookkeeping is told, and one that can not is not', async () => {
  const cache = await caches.make()
  using monitor = redisMonitor(cache, connection)
  await connection.config('SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lru')
  const { warnings } = await monitor.look()
  expect(warnings.map(({ finding }) => finding)).toEqual(['evicts-bookkeeping'])
  await connection.config('SET', 'maxmemory-policy', 'volatile-lru')
  expect((await monitor.look()).warnings).toEqual([])
  await connection.config('SET', 'maxmemory-policy', 'noeviction')
  expect((await monitor.look()).warnings.map(({ finding }) => finding)).toEqual([
    'refuses-when-full',
  ])
  await connection.config('SET', 'maxmemory', '0')
})

test('one look does a bounded part of the work, and the whole is estimated from it', async () => {
  const cache = await caches.make()
  const users = cache.keyspace('many:{id}')
  await users.setMany(Array.from({ length: 3_000 }, (_, id) => [{ id }, 'x'] as const))
  const commands: string[] = []
  const counting = {
    call: (command: string, ...args: (string | number)[]) => {
      commands.push(command)
      return connection.call(command, ...args)
    },
  }
  using monitor = redisMonitor(cache, counting, { keys: 200, measured: 10 })
  const { families, looked } = await monitor.look()
  expect(commands.filter((command) => command === 'SCAN').length).toBeLessThanOrEqual(4)
  expect(commands.filter((command) => command === 'MEMORY').length).toBeLessThanOrEqual(10)
  expect(looked).toBeLessThan(0.5)
  const many = families.find(({ family }) => family === 'many:{id}')
  expect(many?.keys).toBeGreaterThan(2_000)
  expect(many?.keys).toBeLessThan(4_000)
})
