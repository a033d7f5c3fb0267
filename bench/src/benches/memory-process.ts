/** Run as a process of its own: fills the named cache, and prints the bytes that an entry takes. */
import { createCache } from '@tiercel/core'
import { LRUCache } from 'lru-cache'
import { type User, keyOf, userOf } from '../harness/user.ts'

const ENTRIES = 100_000

const cache = createCache({ namespace: 'bench', l1: { maxEntries: ENTRIES } })
const lru = new LRUCache<string, User>({ max: ENTRIES })
const isOurs = process.argv[2] === 'cache'

const before = used()
for (let id = 0; id < ENTRIES; id++) {
  if (isOurs) await cache.set(keyOf(id), userOf(id))
  else lru.set(keyOf(id), userOf(id))
}
const taken = used() - before
const held = isOurs ? cache.stats().l1.entries : lru.size
if (held !== ENTRIES) throw new Error(`${held} of ${ENTRIES} entries are held`)
console.log(taken / ENTRIES)

/** The heap, and what lru-cache keeps beside it. Both caches exist in either process. */
function used(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
