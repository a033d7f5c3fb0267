import { existsSync } from 'node:fs'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type DevRedis, startRedis } from '../src/index.ts'
import { ask } from '../src/resp/ask.ts'

let redis: DevRedis

beforeEach(async () => {
  vi.stubEnv('REDIS_URL', '')
  redis = await startRedis()
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await redis.stop()
})

async function get(key: string): Promise<string> {
  return String(await ask(redis, ['GET', key]))
}

test('a server of our own answers on loopback and keeps nothing on disk', async () => {
  expect(redis).toMatchObject({ external: false, host: '127.0.0.1' })
  expect(redis.version).toMatch(/^\d+\.\d+/)
  expect(String(await ask(redis, ['CONFIG', 'GET', 'save']))).toBe('save,')
  expect(String(await ask(redis, ['CONFIG', 'GET', 'appendonly']))).toBe('appendonly,no')
})

test('DEBUG is allowed, for tests that need it', async () => {
  expect(String(await ask(redis, ['DEBUG', 'SLEEP', '0']))).toBe('OK')
})

test('each server has a port of its own, also when many start at once', async () => {
  const others = await Promise.all(Array.from({ length: 8 }, () => startRedis()))
  expect(new Set([redis, ...others].map(({ port }) => port)).size).toBe(9)
  await Promise.all(others.map((other) => other.stop()))
})

test('a paused server accepts connections and answers once it is resumed', async () => {
  await redis.pause()
  await expect(ask(redis, ['PING'], 100)).rejects.toThrow('gave no answer')
  const late = ask(redis, ['PING'], 5000)
  await redis.resume()
  expect(String(await late)).toBe('PONG')
})

test('a killed server refuses connections, and comes back on its port without its data', async () => {
  const { port } = redis
  await ask(redis, ['SET', 'a', '1'])
  await redis.kill()
  expect(redis.pid).toBeUndefined()
  await expect(ask(redis, ['PING'])).rejects.toThrow('ECONNREFUSED')
  await redis.restart()
  expect(redis.port).toBe(port)
  expect(await get('a')).toBe('null')
})

test('a restart keeps the data once, and with `empty` it does not', async () => {
  await ask(redis, ['SET', 'a', '1'])
  await redis.restart()
  expect(await get('a')).toBe('1')
  await redis.kill()
  await redis.restart()
  expect(await get('a')).toBe('null')
  await ask(redis, ['SET', 'a', '2'])
  await redis.restart({ empty: true })
  expect(await get('a')).toBe('null')
})

test('a killed server comes back with what its user had saved', async () => {
  await ask(redis, ['SET', 'a', 'old'])
  await ask(redis, ['SAVE'])
  await ask(redis, ['SET', 'a', 'new'])
  await redis.kill()
  await redis.restart()
  expect(await get('a')).toBe('old')
})

test('args are passed on, and a restart may replace them', async () => {
  await using small = await startRedis({ args: ['--maxmemory', '3mb'] })
  expect(String(await ask(small, ['CONFIG', 'GET', 'maxmemory']))).toBe('maxmemory,3145728')
  await small.restart({ empty: true, args: ['--maxmemory', '4mb'] })
  expect(String(await ask(small, ['CONFIG', 'GET', 'maxmemory']))).toBe('maxmemory,4194304')
})

test('a paused server can be killed, restarted and stopped', async () => {
  await redis.pause()
  await redis.kill()
  await redis.restart()
  await redis.pause()
  await redis.restart()
  expect(String(await ask(redis, ['PING']))).toBe('PONG')
  await redis.pause()
  await redis.stop()
  await expect(ask(redis, ['PING'])).rejects.toThrow('ECONNREFUSED')
})

test('a server that cannot start says why', async () => {
  await expect(startRedis({ args: ['--no-such-option', '1'] })).rejects.toThrow(/no-such-option/)
  await expect(startRedis({ port: redis.port })).rejects.toThrow(/[Aa]ddress already in use/)
})

test('pausing and resuming a server that is down is an error', async () => {
  await redis.kill()
  await expect(redis.pause()).rejects.toThrow('not running')
  await expect(redis.resume()).rejects.toThrow('not running')
})

test('the folder of a server goes when it stops', async () => {
  const folder = String(await ask(redis, ['CONFIG', 'GET', 'dir'])).replace('dir,', '')
  expect(existsSync(folder)).toBe(true)
  await redis.stop()
  expect(existsSync(folder)).toBe(false)
})

test('REDIS_URL is used as it is, and is not ours to harm', async () => {
  const url = `${redis.url}/3`
  vi.stubEnv('REDIS_URL', url)
  const lines: string[] = []
  const external = await startRedis({
    args: ['--maxmemory', '1mb'],
    log: (line) => lines.push(line),
  })
  expect(external).toMatchObject({ external: true, url, port: redis.port, pid: undefined })
  expect(external.version).toBe(redis.version)
  expect(lines).toEqual(['REDIS_URL is used as it is, without --maxmemory 1mb'])
  for (const harm of ['pause', 'resume', 'kill', 'restart'] as const) {
    await expect(external[harm]()).rejects.toThrow('REDIS_URL names is not ours')
  }
  await external.stop()
  expect(String(await ask(redis, ['PING']))).toBe('PONG')
})

test('a REDIS_URL at which nothing answers, and a REDIS_SERVER that does not run, are errors', async () => {
  await redis.kill()
  vi.stubEnv('REDIS_URL', `redis://:secret@127.0.0.1:${redis.port}`)
  const error = await startRedis().catch((reason: unknown) => reason)
  expect(String(error)).toMatch(/REDIS_URL names does not answer at 127\.0\.0\.1:\d+$/)
  vi.stubEnv('REDIS_URL', '')
  vi.stubEnv('REDIS_SERVER', '/no/such/redis-server')
  await expect(startRedis()).rejects.toThrow('REDIS_SERVER=/no/such/redis-server')
})
