import { createCache, type Cache, type CacheOptions } from '@tiercel/core'
import { startRedis, type DevRedis } from '@tiercel/dev-redis'
import { Redis } from 'ioredis'
import type { Pace } from './interleave.ts'

/** The pace of a run, and the Redis it shares, which is started by the first who asks. */
export class Lab implements AsyncDisposable {
  readonly isQuick: boolean
  /** For calls that take nanoseconds. */
  readonly shortPace: Pace
  /** For calls that wait for Redis. */
  readonly longPace: Pace
  readonly #log: (line: string) => void
  #redis: Promise<DevRedis> | undefined
  #caches = 0

  constructor(isQuick: boolean, log: (line: string) => void) {
    this.isQuick = isQuick
    this.shortPace = isQuick ? { rounds: 15, roundMs: 15 } : { rounds: 61, roundMs: 30 }
    this.longPace = isQuick ? { rounds: 7, roundMs: 150 } : { rounds: 21, roundMs: 400 }
    this.#log = log
  }

  /** A cache of its own on the shared Redis, once it is reached; with the defaults that users get. */
  async cache(options: Omit<CacheOptions, 'namespace' | 'redis'> = {}): Promise<Cache> {
    const { url } = await this.#started()
    const cache = createCache({ namespace: `bench-${++this.#caches}`, redis: url, ...options })
    await cache.ready()
    return cache
  }

  /** A plain client of the shared Redis. */
  async client(enableAutoPipelining = false): Promise<Redis> {
    const { url } = await this.#started()
    const client = new Redis(url, { enableAutoPipelining, lazyConnect: true })
    await client.connect()
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#redis)?.stop()
  }

  #started(): Promise<DevRedis> {
    this.#redis ??= startRedis({ args: ['--save', ''], log: this.#log })
    return this.#redis
  }
}
