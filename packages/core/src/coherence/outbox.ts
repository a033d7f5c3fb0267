import { type Change, DELETE, type KeyChange } from '../tiers.ts'

/** Most keys and tags that are kept one by one; beyond it what is kept is one clear. */
const MOST_KEPT = 10_000

/**
 * Invalidations that could not be brought to Redis, for when it is back. Bounded and coalesced: a key
 * is kept once, and a set is kept as a delete, since by then its value may be older than another's.
 */
export class Outbox {
  #keys = new Set<string>()
  #tags = new Set<string>()
  #clear = false

  get size(): number {
    return this.#keys.size + this.#tags.size + (this.#clear ? 1 : 0)
  }

  keep(change: {
    readonly keys: Iterable<string>
    readonly tags: Iterable<string>
    readonly clear: boolean
  }): void {
    this.#clear ||= change.clear
    if (!this.#clear) {
      for (const key of change.keys) this.#keys.add(key)
      for (const tag of change.tags) this.#tags.add(tag)
      if (this.#keys.size + this.#tags.size <= MOST_KEPT) return
      this.#clear = true
    }
    this.#keys.clear()
    this.#tags.clear()
  }

  /** Takes up to `most` of what is kept. What can't be brought to Redis is to be kept again. */
  take(most: number): Change {
    const keys = new Map<string, KeyChange>()
    const tags = new Set<string>()
    for (const key of this.#keys) {
      if (keys.size === most) break
      keys.set(key, DELETE)
    }
    for (const tag of this.#tags) {
      if (keys.size + tags.size === most) break
      tags.add(tag)
    }
    for (const key of keys.keys()) this.#keys.delete(key)
    for (const tag of tags) this.#tags.delete(tag)
    const clear = this.#clear
    this.#clear = false
    return { keys, tags, clear }
  }
}
