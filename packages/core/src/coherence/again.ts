import type { Cancel, Clock } from '../clock.ts'
import type { Change } from '../tiers.ts'
import { itemsOf } from './batch.ts'

/** Most keys and tags that wait; beyond it the first of them go at once. */
const MOST_WAITING = 10_000

interface Waiting {
  readonly due: number
  readonly change: Change
}

/**
 * Invalidations that are to be made a second time, once the source's replicas have caught up: a load
 * that read an old replica in between is undone by them.
 */
export class Again {
  readonly #clock: Clock
  readonly #commit: (change: Change) => void
  /** In the order in which they are due. */
  #waiting: Waiting[] = []
  #items = 0
  #cancel: Cancel | undefined

  constructor(clock: Clock, commit: (change: Change) => void) {
    this.#clock = clock
    this.#commit = commit
  }

  add(change: Change, delay: number): void {
    const due = this.#clock.now() + delay
    const before = this.#waiting.findLastIndex((other) => other.due <= due)
    this.#waiting.splice(before + 1, 0, { due, change })
    this.#items += itemsOf(change)
    while (this.#items > MOST_WAITING) this.#commitFirst()
    this.#arm()
  }

  /** Makes all of them now: nobody will be there later. */
  flush(): void {
    while (this.#waiting.length > 0) this.#commitFirst()
    this.#arm()
  }

  #arm(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const [first] = this.#waiting
    if (first === undefined) return
    this.#cancel = this.#clock.after(Math.max(0, first.due - this.#clock.now()), () => {
      const now = this.#clock.now()
      // A timer may be a little early.
      do this.#commitFirst()
      while (this.#waiting[0] !== undefined && this.#waiting[0].due <= now)
      this.#arm()
    })
  }

  #commitFirst(): void {
    const { change } = this.#waiting.shift() as Waiting
    this.#items -= itemsOf(change)
    this.#commit(change)
  }
}
