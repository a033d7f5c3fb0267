/** Uses caches in every way and closes them: nothing may be left, and the process has to end by itself. */
import { setImmediate as turn } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type Cache, type CacheOptions, createCache } from '../../src/index.ts'

/** Well below the two seconds for which ioredis would keep a timer. */
const CLOSED_WITHIN = 1_000

const [url = '', ...nodes] = process.argv.slice(2)
const before = left()
const own = new Redis(url)
const caches = [
  createCache({ namespace: 'closing' }),
  createCache({ namespace: 'closing', redis: url }),
  createCache({ namespace: 'closing', redis: own }),
  createCache({ namespace: 'closing', redis: 'redis://127.0.0.1:1' }),
  createCache({ namespace: 'closing', ...(nodes.length > 0 && { redis: clusterOf(nodes) }) }),
]
await Promise.all(caches.map(use))
await Promise.all(caches.map((cache) => cache.close()))
// The user's own client is still the user's.
await own.ping()
own.disconnect()

// Sockets need some turns to close.
const began = performance.now()
while (left() !== before && performance.now() - began < CLOSED_WITHIN) await turn()
if (left() !== before) {
  console.error(`left after close(): ${left()}; before: ${before}`)
  process.exit(1)
}

function left(): string {
  return process
    .getActiveResourcesInfo()
    .filter((name) => name === 'Timeout' || /^(TCP|TLS|GetAddr)/.test(name))
    .join(' ')
}

function clusterOf(urls: readonly string[]): NonNullable<CacheOptions['redis']> {
  return { nodes: urls.map((node) => ({ host: '127.0.0.1', port: Number(new URL(node).port) })) }
}

async function use(cache: Cache): Promise<void> {
  const part = cache.namespace('part')
  await cache.getOrSet('k', () => 'loaded', { ttl: '1h', softTimeout: '1h', tags: ['t'] })
  await cache.getOrSet('short', () => 'loaded', { ttl: 1, staleWhileRevalidate: '1h', grace: '1h' })
  await cache.getOrSet('short', () => 'loaded', { ttl: 1, staleWhileRevalidate: '1h', grace: '1h' })
  await cache.set('set', 1)
  await cache.getMany(['k', 'set', 'none'])
  await part.set('k', 1)
  await part.clear()
  await cache.delete('k')
  await cache.invalidateTags(['t'])
  // One that never ends by itself is under way when the cache is closed.
  void cache
    .getOrSet(
      'slow',
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('closed')))
        }),
    )
    .catch(() => {})
}
