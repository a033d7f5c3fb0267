import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { Redis } from 'ioredis'
import type { Peer } from '../peer.ts'

export const bentocache: Peer = {
  name: 'bentocache',
  packages: ['bentocache', 'ioredis'],
  setup:
    'L1, L2 and bus as in its guide "Multi Tier", with its retry queue, `grace: 6h`, `timeout: 200ms` and an L2 circuit breaker of 1 s',
  takesCommandTimeout: true,
  waitsForRedis: true,
  async open({ url, namespace, ttlMs, l1Entries = 10_000, commandTimeoutMs }) {
    const connection = new Redis(url, {
      ...(commandTimeoutMs !== undefined && { commandTimeout: commandTimeoutMs }),
    })
    connection.on('error', () => {}) // what a failing connection does is seen in the answers
    const cache = new BentoCache({
      default: 'multitier',
      prefix: namespace,
      grace: '6h',
      timeout: '200ms',
      l2CircuitBreakerDuration: '1s',
      stores: {
        multitier: bentostore()
          .useL1Layer(memoryDriver({ maxItems: l1Entries }))
          .useL2Layer(redisDriver({ connection }))
          .useBus(redisBusDriver({ connection, retryQueue: { enabled: true } })),
      },
    })
    return {
      getOrSet: (key, load) => cache.getOrSet({ key, factory: load, ttl: ttlMs }),
      set: (key, value) => cache.set({ key, value, ttl: ttlMs }),
      delete: (key) => cache.delete({ key }),
      close: async () => {
        await cache.disconnectAll()
        connection.disconnect()
      },
    }
  },
}
