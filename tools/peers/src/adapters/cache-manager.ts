import KeyvRedis, { createClient } from '@keyv/redis'
import { createCache } from 'cache-manager'
import { createKeyv } from 'cacheable'
import { Keyv } from 'keyv'
import type { Peer } from '../peer.ts'

export const cacheManager: Peer = {
  name: 'cache-manager',
  packages: ['cache-manager', '@keyv/redis', 'keyv'],
  setup:
    'two stores, memory and `@keyv/redis`, as its README has them, with `useClone: false`; it has no bus',
  takesCommandTimeout: true,
  waitsForRedis: true,
  async open({ url, namespace, ttlMs, l1Entries = 10_000, commandTimeoutMs }) {
    const client = createClient({
      url,
      ...(commandTimeoutMs !== undefined && { commandOptions: { timeout: commandTimeoutMs } }),
    })
    const redis = new Keyv({
      store: new KeyvRedis(client, { namespace }),
      namespace,
      useKeyPrefix: false,
    })
    redis.on('error', () => {})
    const cache = createCache({
      stores: [createKeyv({ ttl: ttlMs, lruSize: l1Entries, useClone: false }), redis],
      ttl: ttlMs,
    })
    return {
      getOrSet: (key, load) => cache.wrap(key, async () => load(), ttlMs),
      set: (key, value) => cache.set(key, value, ttlMs),
      delete: (key) => cache.del(key),
      close: () => cache.disconnect(),
    }
  },
}
