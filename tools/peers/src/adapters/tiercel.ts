import { createCache } from '@tiercel/core'
import type { Peer } from '../peer.ts'

export const tiercel: Peer = {
  name: 'tiercel',
  packages: ['@tiercel/core'],
  setup: 'the defaults',
  takesCommandTimeout: false,
  waitsForRedis: true,
  async open({ url, namespace, ttlMs, l1Entries = 10_000 }) {
    const cache = createCache({ namespace, redis: url, l1: { maxEntries: l1Entries } })
    await cache.ready()
    const options = { ttl: ttlMs }
    return {
      getOrSet: (key, load) => cache.getOrSet(key, load, options),
      set: (key, value) => cache.set(key, value, options),
      delete: (key) => cache.delete(key),
      close: () => cache.close(),
    }
  },
}
