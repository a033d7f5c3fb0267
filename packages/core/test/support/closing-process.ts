/** Uses a cache and closes it: the process has to end by itself. */
import { Redis } from 'ioredis'
import { createCache } from '../../src/index.ts'

const url = process.argv[2] as string
const own = new Redis(url)
const caches = [
  createCache({ namespace: 'closing', redis: url }),
  createCache({ namespace: 'closing', redis: own }),
  createCache({ namespace: 'closing', redis: 'redis://127.0.0.1:1' }),
]
for (const cache of caches) {
  await cache.getOrSet('k', () => 'loaded', { ttl: '1h', softTimeout: '1h' })
  await cache.delete('k')
}
await caches[1]?.getOrSet('slow', () => 'loaded')
for (const cache of caches) await cache.close()
// The user's own client is still the user's.
await own.ping()
own.disconnect()
