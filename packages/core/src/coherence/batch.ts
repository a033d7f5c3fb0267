import type { Invalidation } from '../bus.ts'
import type { Change, KeyChange } from '../tiers.ts'

/** Most keys and tags in one script: more are cut into several. */
export const MOST_ITEMS = 500

/** Changes of one shard on their way to Redis, in one script. */
export class Batch implements Change {
  readonly keys: Map<string, KeyChange> = new Map()
  readonly tags: Set<string> = new Set()
  clear = false

  /**
   * Whether `change` can go into the same script: what is in one happens at one instant, so that a tag
   * invalidated after a set, or a value made stale after it was set, needs the next.
   */
  takes({ keys, tags, clear }: Change): boolean {
    if (this.keys.size + this.tags.size + keys.size + tags.size > MOST_ITEMS) return this.isEmpty
    if (clear || tags.size > 0) return !this.#hasSet
    for (const [key, change] of keys) {
      if (change.kind === 'expire' && this.keys.get(key)?.kind === 'set') return false
    }
    return true
  }

  add(change: Change): void {
    for (const [key, action] of change.keys) this.keys.set(key, action)
    for (const tag of change.tags) this.tags.add(tag)
    if (change.clear) this.clear = true
  }

  get isEmpty(): boolean {
    return this.keys.size === 0 && this.tags.size === 0 && !this.clear
  }

  get #hasSet(): boolean {
    for (const change of this.keys.values()) if (change.kind === 'set') return true
    return false
  }
}

/** How many things a change names: what tables of them are limited by. */
export function itemsOf({ keys, tags, clear }: Change): number {
  return keys.size + tags.size + (clear ? 1 : 0)
}

/** What a change invalidates, as the other instances are told. */
export function invalidationOf({ keys, tags, clear }: Change): Invalidation {
  return { keys: [...keys.keys()], tags: [...tags], clear }
}
