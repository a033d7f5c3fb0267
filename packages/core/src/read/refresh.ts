import type { Backoff } from './backoff.ts'
import type { Context } from '../context.ts'
import { find } from './find.ts'
import { type LoadRequest, load } from '../load/load.ts'

/** Most refreshes under way that nobody waits for. */
const MOST_REFRESHES = 64

/** Loads stale entries anew behind their readers, one attempt at a time and not too many at once. */
export class Refresher {
  readonly #context: Context
  readonly #backoff: Backoff
  #underway = 0

  constructor(context: Context, backoff: Backoff) {
    this.#context = context
    this.#backoff = backoff
  }

  /** A value was served that is to be replaced. `hasRead`: L2 was just asked, or is when its right is. */
  refresh(request: LoadRequest, hasRead: boolean): void {
    const { counters, background } = this.#context
    const { key } = request
    if (this.#backoff.isPausing(key)) return
    if (this.#underway >= MOST_REFRESHES || !this.#context.places.hasRoom) {
      counters.refreshesDropped++
      return
    }
    const began = this.#context.clock.now()
    this.#backoff.tried(key)
    this.#underway++
    background.add(
      this.#attempt(request, hasRead)
        .then(
          (hasBrought) => {
            if (hasBrought) this.#backoff.succeeded(key)
          },
          () => {
            this.#backoff.failed(key, began)
            counters.refreshErrors++ // the load itself is counted and reported where it ran
          },
        )
        .finally(() => {
          this.#underway--
        }),
    )
  }

  /** Whether there is a fresh value now, as far as is known here. */
  async #attempt(request: LoadRequest, hasRead: boolean): Promise<boolean> {
    const { shard, key, policy } = request
    if (!hasRead) {
      const found = await find(this.#context, shard, key, policy)
      if (typeof found === 'object' && this.#context.clock.now() < found.freshUntil) return true
    }
    const { source } = await load(this.#context, request)
    return source === 'loader' || source === 'l2'
  }
}
