import type { Invalidation } from '../bus.ts'
import type { Clock } from '../clock.ts'
import { type Change, DELETE, type KeyChange } from '../tiers.ts'

/** Most keys and tags that are remembered; beyond it those of each incarnation are one clear. */
const MOST_REMEMBERED = 5_000
const EVERYTHING: Invalidation = Object.freeze({ keys: [], tags: [], clear: true })

interface Sent {
  readonly at: number
  readonly inc: string
  readonly invalidation: Invalidation
}

/**
 * The invalidations that this process had acknowledged in the last while, to be sent again. The while
 * ends with the last answered beat, not now: a process that was cut off since then could not notice a
 * fail-over, and what it had sent before is as young as it was.
 */
export class Recent {
  readonly #clock: Clock
  readonly #window: number
  #sent: Sent[] = []
  #items = 0
  #answeredAt = -Infinity

  constructor(clock: Clock, window: number) {
    this.#clock = clock
    this.#window = window
  }

  /** `inc`: the incarnation that acknowledged it. */
  add(invalidation: Invalidation, inc: string): void {
    if (this.#window === 0) return
    const at = this.#clock.now()
    this.#sent.push({ at, inc, invalidation })
    this.#items += countOf(invalidation)
    if (this.#items <= MOST_REMEMBERED) return
    const last = new Map(this.#sent.map((sent) => [sent.inc, sent.at]))
    this.#sent = [...last].map(([of, until]) => ({ at: until, inc: of, invalidation: EVERYTHING }))
    this.#items = this.#sent.length
  }

  /** The same server as before answered at `at`: what it has had for the window is not lost any more. */
  answered(at: number): void {
    this.#answeredAt = at
    const kept = this.#sent.findIndex((sent) => this.#isRecent(sent.at))
    const gone = this.#sent.splice(0, kept === -1 ? this.#sent.length : kept)
    for (const { invalidation } of gone) this.#items -= countOf(invalidation)
  }

  /**
   * One change that repeats them all, and forgets them; `undefined` if there are none. Those that `inc`
   * itself acknowledged stay: it has them. Without `inc`: all.
   */
  take(inc: string | undefined): Change | undefined {
    const keys = new Map<string, KeyChange>()
    const tags = new Set<string>()
    let clear = false
    const lost = this.#sent.filter((sent) => sent.inc !== inc)
    for (const { invalidation } of lost) {
      for (const key of invalidation.keys) keys.set(key, DELETE)
      for (const tag of invalidation.tags) tags.add(tag)
      clear ||= invalidation.clear
    }
    this.#sent = this.#sent.filter((sent) => sent.inc === inc)
    this.#items = this.#sent.reduce((sum, { invalidation }) => sum + countOf(invalidation), 0)
    return keys.size === 0 && tags.size === 0 && !clear ? undefined : { keys, tags, clear }
  }

  #isRecent(at: number): boolean {
    return this.#answeredAt - at <= this.#window
  }
}

function countOf({ keys, tags, clear }: Invalidation): number {
  return keys.length + tags.length + (clear ? 1 : 0)
}
