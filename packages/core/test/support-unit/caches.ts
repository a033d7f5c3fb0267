import { afterEach } from 'vitest'
import { type Cache, type CacheOptions, createCache } from '../../src/index.ts'
import { until } from '@tiercel/dev-redis'

/** Makes caches that are ready, and looks after each test that they left nothing under way. */
export class Caches {
  readonly #redis: () => CacheOptions['redis'] | undefined
  #caches: Cache[] = []
  #test = 0

  /** Without `redis` the caches have L1 alone. */
  constructor(redis: () => CacheOptions['redis'] | undefined = () => undefined) {
    this.#redis = redis
    afterEach(async () => {
      const caches = this.#caches
      this.#caches = []
      this.#test++
      for (const cache of caches) {
        await until('loads to end', () => cache.stats().loads.underway === 0)
        if (cache.stats().coherence.outbox > 0) throw new Error('a change did not reach Redis')
        await cache.close()
      }
    })
  }

  /** Prefix of all that the running test stores. */
  get namespace(): string {
    return `unit-${process.pid}-${this.#test}`
  }

  /** One instance more. */
  async make(options: Partial<CacheOptions> = {}): Promise<Cache> {
    const redis = this.#redis()
    const cache = createCache({
      namespace: this.namespace,
      ...(redis === undefined ? {} : { redis }),
      l2: { timeout: '5s' }, // on a busy machine too, no test is about its default
      ...options,
    })
    this.#caches.push(cache)
    await cache.ready()
    return cache
  }
}
