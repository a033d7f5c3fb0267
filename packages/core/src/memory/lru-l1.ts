import { LRUCache } from 'lru-cache'
import type { Entry } from '../entry.ts'
import type { L1, Removed } from '../tiers.ts'

/** What an entry costs beside its value and key, about. */
const OVERHEAD = 200
/** Shared by all look-ups, which then allocate nothing; lru-cache writes to it when it is traced. */
const GET = {}

/** L1: an LRU limited by entries and, if asked, by bytes. */
export class LruL1 implements L1 {
  readonly #cache: LRUCache<string, Entry>
  readonly #isMeasured: boolean
  readonly removed: Removed = { entries: 0, bytes: 0, dropped: 0, replaced: 0 }

  constructor(maxEntries: number, maxBytes: number) {
    this.#isMeasured = maxBytes !== Infinity
    this.#cache = new LRUCache<string, Entry>({
      max: maxEntries,
      ...(this.#isMeasured ? { maxSize: maxBytes } : {}),
      dispose: (entry, _key, reason) => {
        entry.view.cells.release(entry.cells)
        if (reason === 'evict') this.removed.entries++
        else if (reason === 'set') this.removed.replaced++
        else this.removed.dropped++
      },
    })
  }

  get(key: string): Entry | undefined {
    return this.#cache.get(key, GET)
  }

  peek(key: string): Entry | undefined {
    return this.#cache.peek(key)
  }

  set(key: string, entry: Entry): void {
    if (!this.#isMeasured) {
      this.#cache.set(key, entry)
      return
    }
    const size = entry.size + key.length + OVERHEAD
    const { removed } = this
    const before = removed.entries
    // Room for one more entry is made once; all else that goes is in the way of its bytes.
    const isFull = this.#cache.size === this.#cache.max && !this.#cache.has(key)
    this.#cache.set(key, entry, { size })
    const evicted = removed.entries - before
    const forEntries = Math.min(evicted, isFull ? 1 : 0)
    removed.entries = before + forEntries
    removed.bytes += evicted - forEntries
    // An entry that is larger than all of L1 is not kept, and not disposed of either.
    if (size > this.#cache.maxSize) entry.view.cells.release(entry.cells)
  }

  delete(key: string): void {
    this.#cache.delete(key)
  }

  keys(): readonly string[] {
    return [...this.#cache.keys()]
  }

  clear(): void {
    const { dropped } = this.removed
    this.#cache.clear()
    this.removed.dropped = dropped // an end is no invalidation
  }

  get entries(): number {
    return this.#cache.size
  }

  get bytes(): number {
    return this.#cache.calculatedSize
  }

  get evictions(): number {
    return this.removed.entries + this.removed.bytes
  }
}

/** No L1: every read goes on to the next tier. */
export class NoL1 implements L1 {
  readonly entries = 0
  readonly bytes = 0
  readonly evictions = 0
  readonly removed: Removed = { entries: 0, bytes: 0, dropped: 0, replaced: 0 }

  get(): undefined {
    return undefined
  }

  peek(): undefined {
    return undefined
  }

  set(_key: string, entry: Entry): void {
    entry.view.cells.release(entry.cells)
  }

  delete(): void {}

  keys(): readonly string[] {
    return []
  }

  clear(): void {}
}
