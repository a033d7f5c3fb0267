import type { Context } from './context.ts'
import type { Entry } from './entry.ts'
import { find } from './find.ts'
import { type LoadRequest, load } from './load.ts'

/** Most refreshes under way that nobody waits for. */
const MOST_REFRESHES = 64
/** How long after an attempt a stale entry is left alone before the next. */
const RETRY_AFTER = 1_000

/** Loads stale entries anew behind their readers, one attempt at a time and not too many at once. */
export class Refresher {
  readonly #context: Context
  readonly #triedAt = new WeakMap<Entry, number>()
  #underway = 0

  constructor(context: Context) {
    this.#context = context
  }

  /** `held` is stale and was served. `hasRead`: L2 was just asked, and has no fresher one. */
  refresh(request: LoadRequest, held: Entry, hasRead: boolean): void {
    const { clock, counters, background } = this.#context
    const now = clock.now()
    if (now - (this.#triedAt.get(held) ?? -Infinity) < RETRY_AFTER) return
    if (this.#underway >= MOST_REFRESHES) {
      counters.refreshesDropped++
      return
    }
    this.#triedAt.set(held, now)
    this.#underway++
    background.add(
      this.#attempt(request, hasRead)
        .catch(() => {
          counters.refreshErrors++ // the load itself is counted and reported where it ran
        })
        .finally(() => {
          this.#underway--
        }),
    )
  }

  async #attempt(request: LoadRequest, hasRead: boolean): Promise<void> {
    const { shard, key, policy } = request
    if (!hasRead) {
      const found = await find(this.#context, shard, key, policy.tags)
      if (typeof found === 'object' && this.#context.clock.now() < found.freshUntil) return
    }
    await load(this.#context, request)
  }
}
