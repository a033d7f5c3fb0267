import { Cache } from './cache.ts'
import { Engine } from './engine.ts'
import type { CacheOptions } from './options.ts'
import { redisBackend } from './redis/backend.ts'
import { Scope } from './scope.ts'
import { resolveOptions } from './settings.ts'

/**
 * Makes a cache. Nothing is awaited: while Redis is not reached, reads go to their loaders.
 *
 * @throws {ConfigError} for an option that is unknown or not what it has to be
 * @example
 * const cache = createCache({ namespace: 'shop', redis: process.env.REDIS_URL })
 */
export function createCache(options: CacheOptions): Cache {
  const settings = resolveOptions(options)
  const { redis } = options
  const engine = new Engine(settings, (listener) =>
    redis === undefined
      ? undefined
      : redisBackend(redis, settings.namespace, settings.shards, listener, settings),
  )
  return new Cache(new Scope(engine))
}
