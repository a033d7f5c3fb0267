/** Uses caches in every way and closes them: nothing may be left, and the process has to end by itself. */
import type { EventEmitter } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { Cluster, Redis } from 'ioredis'
import { type Cache, type CacheOptions, createCache } from '../../src/index.ts'

/** What the process is started with. */
export interface ClosingConfig {
  readonly url: string
  /** Nodes of a Cluster, and sentinels with the name of their master. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly watched: {
    readonly sentinels: { readonly host: string; readonly port: number }[]
    readonly name: string
  }
}

/** Well below the two seconds for which ioredis would keep a timer. */
const CLOSED_WITHIN = 1_000

const { url, nodes, watched } = JSON.parse(process.argv[2] as string) as ClosingConfig
const before = left()
const beforeAny = listenersOf(process)
const lent = [
  new Redis(url),
  new Redis(watched),
  new Cluster([...nodes], { shardedSubscribers: true }),
]
for (const client of lent) await client.ping()
const whenLent = lent.map((client) => listenersOf(client))
// The nodes of this one are found while a cache has it.
const unconnected = new Cluster([...nodes], { shardedSubscribers: true, lazyConnect: true })

const UNREACHABLE = 'redis://127.0.0.1:1'
const ways: readonly Omit<CacheOptions, 'namespace'>[] = [
  {},
  { redis: url },
  { redis: url, coherence: { durability: { replicas: 1, timeout: 1 } } },
  { redis: UNREACHABLE },
  { redis: watched },
  { redis: { nodes } },
  { redis: { nodes, options: { shardedSubscribers: false } } },
  ...lent.map((client) => ({ redis: client })),
  { redis: unconnected },
]
const caches = ways.map((way, i) => createCache({ namespace: `closing-${i}`, ...way }))
// What is not connected has nothing to leave. The sentinels and the subscriptions are reached meanwhile.
const reached = caches.filter((_, i) => ways[i]?.redis !== UNREACHABLE)
await Promise.all(reached.map((cache) => cache.ready({ within: '20s' })))
await Promise.all(caches.map(use))
await Promise.all(caches.map((cache) => cache.close()))

// The user's own clients are still the user's, and as they were.
for (const [i, client] of lent.entries()) {
  await client.ping()
  expectSame(`listeners on client ${i} that was lent`, listenersOf(client), whenLent[i] as string)
  client.disconnect()
}
for (const node of unconnected.nodes()) {
  expectSame('a listener of ours on a node', String(node.listenerCount('ready')), '0')
}
unconnected.disconnect()
expectSame('listeners on the process', listenersOf(process), beforeAny)
// Sockets need some turns to close.
const began = performance.now()
while (left() !== before && performance.now() - began < CLOSED_WITHIN) await turn()
expectSame('timers and sockets', left(), before)

function left(): string {
  return process
    .getActiveResourcesInfo()
    .filter((name) => name === 'Timeout' || /^(TCP|TLS|GetAddr)/.test(name))
    .join(' ')
}

function listenersOf(emitter: EventEmitter): string {
  const names = emitter.eventNames().map((name) => `${String(name)} ${emitter.listenerCount(name)}`)
  return names.toSorted((a, b) => a.localeCompare(b)).join(', ')
}

function expectSame(what: string, now: string, then: string): void {
  if (now === then) return
  console.error(`${what} after close(): ${now}; before: ${then}`)
  process.exit(1)
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
  await cache.delete('k', { again: '1h' })
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
