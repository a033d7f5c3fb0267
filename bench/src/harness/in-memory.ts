import type { Cache } from '@tiercel/core'
import { LRUCache } from 'lru-cache'
import type { Lab } from './lab.ts'
import { KEYS, type User, userOf } from './user.ts'

/** A cache, and what one would use in the place of its L1: all of them hold a user under each of `KEYS`. */
export interface InMemory {
  readonly cache: Cache
  readonly lru: LRUCache<string, User>
  /** The same with a ttl. */
  readonly timed: LRUCache<string, User>
}

/** The cache is the caller's to close. */
export async function inMemory(lab: Lab): Promise<InMemory> {
  const cache = await lab.cache()
  const lru = new LRUCache<string, User>({ max: 10_000 })
  const timed = new LRUCache<string, User>({ max: 10_000, ttl: 300_000 })
  for (const [id, key] of KEYS.entries()) {
    lru.set(key, userOf(id))
    timed.set(key, userOf(id))
    await cache.set(key, userOf(id))
  }
  return { cache, lru, timed }
}
