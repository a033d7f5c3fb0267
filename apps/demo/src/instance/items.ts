import { type Cache, type ReadOptions, createCache } from '@tiercel/core'
import { setTimeout as delay } from 'node:timers/promises'
import { GROUPS, ITEMS, type Invalidates, type Item, type Written, groupOf } from '../catalog.ts'
import type { Client } from '../http.ts'
import type { RedisTarget } from '../topology/topology.ts'
import type { Store } from './traffic.ts'

/** What the cache is told. Durations are milliseconds. */
export interface CacheConfig {
  readonly namespace: string
  readonly redis: RedisTarget
  readonly bound: number
  /** Most entries of L1. */
  readonly entries: number
}

const LONG: ReadOptions = { ttl: '1m' }
/** Every way to live that a cache offers; half of the items live long, and so hide no old value. */
const LIVES: readonly ReadOptions[] = [
  LONG,
  { ttl: '2s' },
  LONG,
  { ttl: '500ms', staleWhileRevalidate: '3s' },
  LONG,
  { ttl: '500ms', grace: '20s', softTimeout: '15ms' },
]

// Made once: the cache remembers what it resolved for an options object.
const READ_OPTIONS: readonly ReadOptions[] = Array.from({ length: ITEMS }, (_, id) => ({
  ...LIVES[Math.floor(id / GROUPS) % LIVES.length],
  tags: [tagOf(id)],
}))

/** The items as one instance knows them: read through the cache, written to the source. */
export class Items implements Store {
  readonly cache: Cache
  readonly #source: Client

  constructor({ namespace, redis, bound, entries }: CacheConfig, source: Client) {
    this.#source = source
    this.cache = createCache({
      namespace,
      redis,
      l1: { maxEntries: entries },
      coherence: { maxStaleness: bound, beat: Math.min(1_000, bound * 0.4) },
    })
  }

  read(id: number): Promise<Item> {
    const load = (): Promise<Item> => this.#source.call('GET', `/items/${id}`)
    return this.cache.getOrSet(keyOf(id), load, READ_OPTIONS[id])
  }

  /** Commits a new version, waits a while as a busy process does, and invalidates. */
  async write(id: number, invalidates: Invalidates, pause: number): Promise<Written> {
    const { version } = await this.#source.call<Item>('PUT', `/items/${id}`)
    await delay(pause)
    return { version, receipt: await this.#invalidate(id, invalidates) }
  }

  #invalidate(id: number, invalidates: Invalidates): Promise<Written['receipt']> {
    if (invalidates === 'clear') return this.cache.clear()
    if (invalidates === 'tag') return this.cache.invalidateTags([tagOf(id)])
    return this.cache.delete(keyOf(id))
  }
}

function keyOf(id: number): string {
  return `item:${id}`
}

function tagOf(id: number): string {
  return `group:${groupOf(id)}`
}
