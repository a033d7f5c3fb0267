import { type Cache, type CacheOptions, createCache } from '@tiercel/core'
import { afterEach } from 'vitest'

/** Makes caches that are ready, and closes them after each test. */
export class Caches {
  readonly #redis: (() => string) | undefined
  #caches: Cache[] = []
  #test = 0

  constructor(redis?: () => string) {
    this.#redis = redis
    afterEach(async () => {
      this.#test++
      await Promise.all(this.#caches.splice(0).map((cache) => cache.close()))
    })
  }

  get namespace(): string {
    return `metrics-${process.pid}-${this.#test}`
  }

  async make(options: Partial<CacheOptions> = {}): Promise<Cache> {
    const redis = this.#redis?.()
    const cache = createCache({
      namespace: this.namespace,
      ...(redis === undefined ? {} : { redis }),
      l2: { timeout: '5s' },
      ...options,
    })
    this.#caches.push(cache)
    await cache.ready()
    return cache
  }
}
