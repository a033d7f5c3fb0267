import type { Context } from './context.ts'
import { find } from './find.ts'
import { type LoadRequest, load } from './load.ts'

/** Most refreshes under way that nobody waits for. */
const MOST_REFRESHES = 64
/** How long after an attempt a stale entry is left alone before the next. */
const RETRY_AFTER = 1_000

/** Most keys whose last attempt is remembered. */
const MOST_TRIED = 10_000

/** Loads stale entries anew behind their readers, one attempt at a time and not too many at once. */
export class Refresher {
  readonly #context: Context
  /** When each key was tried last, if that brought nothing. By key: each look at L2 is another entry. */
  readonly #triedAt = new Map<string, number>()
  #underway = 0

  constructor(context: Context) {
    this.#context = context
  }

  /** A stale value was served. `hasRead`: L2 was just asked, and has no fresher one. */
  refresh(request: LoadRequest, hasRead: boolean): void {
    const { clock, counters, background } = this.#context
    const { key } = request
    const now = clock.now()
    if (now - (this.#triedAt.get(key) ?? -Infinity) < RETRY_AFTER) return
    if (this.#underway >= MOST_REFRESHES) {
      counters.refreshesDropped++
      return
    }
    this.#note(key, now)
    this.#underway++
    background.add(
      this.#attempt(request, hasRead)
        .then(
          (hasBrought) => {
            if (hasBrought) this.#triedAt.delete(key)
          },
          () => {
            counters.refreshErrors++ // the load itself is counted and reported where it ran
          },
        )
        .finally(() => {
          this.#underway--
        }),
    )
  }

  #note(key: string, now: number): void {
    this.#triedAt.delete(key) // so that the first of the table is the one that was tried least recently
    this.#triedAt.set(key, now)
    if (this.#triedAt.size <= MOST_TRIED) return
    const [oldest] = this.#triedAt.keys()
    this.#triedAt.delete(oldest as string)
  }

  /** Whether there is a fresh value now, as far as is known here. */
  async #attempt(request: LoadRequest, hasRead: boolean): Promise<boolean> {
    const { shard, key, policy } = request
    if (!hasRead) {
      const found = await find(this.#context, shard, key, policy)
      if (typeof found === 'object' && this.#context.clock.now() < found.freshUntil) return true
    }
    return (await load(this.#context, request)).source !== 'none'
  }
}
