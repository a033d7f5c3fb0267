import { afterEach } from 'vitest'
import { Cache } from '../../src/cache.ts'
import { Engine } from '../../src/engine.ts'
import { Scope } from '../../src/scope.ts'
import type { CacheOptions } from '../../src/options.ts'
import { resolveOptions } from '../../src/settings.ts'
import { ManualClock, settled } from '../../src/testing/manual-clock.ts'
import { type MemoryLink, MemoryRedis } from './memory-redis.ts'

/** One instance of a cache, and its way to Redis. */
export interface ManualInstance {
  readonly cache: Cache
  readonly engine: Engine
  readonly link: MemoryLink
}

/** Caches on a clock that the test moves, with a Redis in this process. Closed after each test. */
export class ManualStage {
  clock = new ManualClock()
  redis: MemoryRedis = new MemoryRedis(this.clock)
  #caches: Cache[] = []

  constructor() {
    afterEach(async () => {
      const caches = this.#caches
      this.#caches = []
      this.redis.state = 'well'
      for (const cache of caches) {
        const closing = cache.close()
        await this.clock.advance(60_000)
        await closing
        if (cache.stats().loads.underway > 0) throw new Error('a load is under way still')
      }
      if (this.clock.timers > 0) throw new Error('a timer is left')
      this.clock = new ManualClock()
      this.redis = new MemoryRedis(this.clock)
    })
  }

  /** One instance more, which has reached Redis if it is well. */
  async instance(options: Partial<CacheOptions> = {}): Promise<ManualInstance> {
    const link = this.redis.link()
    const engine = new Engine(settingsOf(options), () => link, this.clock)
    const cache = new Cache(new Scope(engine))
    this.#caches.push(cache)
    await settled()
    return { cache, engine, link }
  }

  /** A cache without Redis. */
  alone(options: Partial<CacheOptions> = {}): Cache {
    const cache = new Cache(new Scope(new Engine(settingsOf(options), () => undefined, this.clock)))
    this.#caches.push(cache)
    return cache
  }
}

function settingsOf({
  defaults,
  ...options
}: Partial<CacheOptions>): ReturnType<typeof resolveOptions> {
  return resolveOptions({ namespace: 'test', ...options, defaults: { jitter: 0, ...defaults } })
}
