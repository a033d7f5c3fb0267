import type { Cache } from './cache.ts'
import { createCache } from './create-cache.ts'
import { optionsFromEnvironment } from './environment.ts'
import type { CacheOptions } from './options.ts'
import { namespaceOf } from './settings.ts'

const CACHES = Symbol.for('tiercel:shared-caches')

/**
 * The one cache of this process with the namespace of `options`: made by the first call, given back
 * by the others, also across copies of this package. After it is closed the next call makes another.
 *
 * @throws {ConfigError} as `createCache` and `optionsFromEnvironment`
 */
export function sharedCache(options: CacheOptions = optionsFromEnvironment()): Cache {
  const holder = globalThis as { [CACHES]?: Map<string, Cache> }
  const caches = (holder[CACHES] ??= new Map())
  const namespace = namespaceOf(options)
  let cache = caches.get(namespace)
  if (cache === undefined || cache.isClosed) {
    cache = createCache(options)
    caches.set(namespace, cache)
  }
  return cache
}
