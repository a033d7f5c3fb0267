import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startRedis } from '@tiercel/dev-redis'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { createCache } from '../src/index.ts'
import { eventually } from './support/until.ts'
import type { WriterProcessOptions } from './support/writer-process.ts'

const LIMIT = 90_000

/** A process that writes, and what was acknowledged to it. */
class WriterProcess {
  readonly acknowledged = new Map<string, number>()
  isReady = false
  readonly #child: ChildProcess

  constructor(options: WriterProcessOptions) {
    this.#child = fork(
      fileURLToPath(new URL('support/writer-process.ts', import.meta.url)),
      [JSON.stringify(options)],
      { execArgv: ['--conditions=@tiercel/source', '--no-warnings'] },
    )
    this.#child.on('message', (message: { ready?: true; key?: string; value?: number }) => {
      if (message.ready === true) this.isReady = true
      else this.acknowledged.set(message.key as string, message.value as number)
    })
  }

  get count(): number {
    return Math.max(0, ...this.acknowledged.values())
  }

  async kill(): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }
}

/** What the database was told of a key, in order: never back, and at least the last that was acknowledged. */
async function expectWritten(
  db: Redis,
  namespace: string,
  acknowledged: ReadonlyMap<string, number>,
): Promise<void> {
  for (const [key, last] of acknowledged) {
    const told = (await db.lrange(`${namespace}:db:${key}`, 0, -1)).map(
      (text) => JSON.parse(text) as [number, number],
    )
    const values = told.map(([value]) => value)
    const numbers = told.map(([, number]) => number)
    expect([key, values]).toEqual([key, values.toSorted((a, b) => a - b)])
    expect([key, numbers]).toEqual([key, numbers.toSorted((a, b) => a - b)])
    expect(values.at(-1)).toBeGreaterThanOrEqual(last)
  }
}

test(
  'every write that was acknowledged reaches the database, in the order of its key, whoever is killed when',
  async () => {
    await using redis = await startRedis()
    const db = new Redis(redis.url)
    const namespace = 'crash'
    const acknowledged = new Map<string, number>()
    let begun = 0
    const begin = (): WriterProcess =>
      new WriterProcess({ url: redis.url, namespace, prefix: `p${begun++}`, keys: 7 })
    const running = [begin(), begin(), begin()]
    for (let killed = 0; killed < 6; killed++) {
      const [victim] = running.splice(killed % running.length, 1) as [WriterProcess]
      await eventually('the victim to be at work', () => victim.count > 20 + killed * 7, {
        ms: 30_000,
      })
      await victim.kill()
      for (const [key, value] of victim.acknowledged) acknowledged.set(key, value)
      if (killed < 4) running.push(begin())
    }
    for (const writer of running) {
      await eventually('the last to be at work', () => writer.count > 20, { ms: 30_000 })
      await writer.kill()
      for (const [key, value] of writer.acknowledged) acknowledged.set(key, value)
    }
    // Nobody is left: the next instance takes over all that they had taken, and what waits.
    await using cache = createCache({ namespace, redis: redis.url, l2: { timeout: '5s' } })
    const writer = cache.writer<number>({
      name: 'db',
      mode: 'behind',
      write: async (writes) => {
        for (const { key, value, number } of writes) {
          await db.rpush(`${namespace}:db:${key}`, JSON.stringify([value, number]))
        }
      },
      queue: { lease: '3s' },
    })
    expect(await writer.flush({ within: '30s' })).toBe(true)
    expect((await writer.stats()).depth).toBe(0)
    await expectWritten(db, namespace, acknowledged)
    db.disconnect()
  },
  LIMIT,
)

test(
  'what was acknowledged survives a Redis that is killed, with an append-only file that is written at once',
  async () => {
    await using redis = await startRedis({
      args: ['--appendonly', 'yes', '--appendfsync', 'always'],
    })
    const namespace = 'aof'
    const written = new Map<string, number>()
    let isDown = true
    await using cache = createCache({ namespace, redis: redis.url })
    const writer = cache.writer<number>({
      name: 'db',
      mode: 'behind',
      write: (writes) => {
        if (isDown) throw new Error('the database is down')
        for (const { key, value } of writes) written.set(key, value as number)
      },
      queue: { lease: '400ms', lastRetry: '50ms', maxAttempts: Infinity },
    })
    await cache.ready()
    for (let i = 0; i < 50; i++) await writer.set(`k${i % 10}`, i)
    await redis.kill()
    await redis.restart({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    isDown = false
    await eventually('Redis to be back', async () => (await writer.stats()).depth === 0, {
      ms: 30_000,
    })
    expect([...written.values()].toSorted((a, b) => a - b)).toEqual([
      40, 41, 42, 43, 44, 45, 46, 47, 48, 49,
    ])
  },
  LIMIT,
)
