import type { Cancel, Clock } from '../clock.ts'
import type { Shard } from '../shard.ts'
import type { L2 } from '../tiers.ts'
import { catchUp } from './sequence.ts'

/** How long a message may be behind an answer before it counts as lost. */
const GRACE = 100

/** What is told of holes. */
export interface HoleEvents {
  onGap(): void
  /** Messages that an answer spoke of did not come. */
  onMissed(): void
  /** What was missed is applied. */
  onFilled(): void
  /** The log is of another numbering. */
  onForeign(): void
  onError(error: unknown): void
}

/** Numbers that were given and not heard: waits a moment for their messages, then fetches them from the log. */
export class Holes {
  readonly #shard: Shard
  readonly #l2: L2
  readonly #clock: Clock
  readonly #grace: number
  readonly #events: HoleEvents
  #isCatchingUp = false
  /** A gap was seen while the log was asked about an earlier one. */
  #isGapAfter = false
  #cancelGrace: Cancel | undefined
  /** The highest number that was seen while messages had a moment to arrive. */
  #expected = 0
  #isStopped = false

  constructor(shard: Shard, l2: L2, clock: Clock, beat: number, events: HoleEvents) {
    this.#shard = shard
    this.#l2 = l2
    this.#clock = clock
    this.#grace = Math.min(GRACE, beat / 2)
    this.#events = events
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelGrace?.()
  }

  /** What was expected under the numbering that is left goes with it. */
  forget(): void {
    this.#cancelGrace?.()
    this.#cancelGrace = undefined
  }

  /** Gives the messages up to `seq` a moment to arrive, then fetches them. */
  expect(seq: number): void {
    if (this.#isStopped) return
    if (this.#cancelGrace !== undefined) {
      this.#expected = Math.max(this.#expected, seq)
      return
    }
    this.#expected = seq
    this.#cancelGrace = this.#clock.after(this.#grace, () => {
      this.#cancelGrace = undefined
      const { view } = this.#shard
      if (!view.isKnown) return // given up: the next answer begins anew
      if (view.applied >= seq) {
        if (view.applied < this.#expected) this.expect(this.#expected) // seen while this one waited
        return
      }
      this.#events.onMissed()
      this.fill()
    })
  }

  /** There is a hole: fetches what was missed. */
  fill(): void {
    this.#events.onGap()
    this.#catchUp()
  }

  #catchUp(): void {
    if (this.#isCatchingUp) {
      this.#isGapAfter = true
      return
    }
    this.#isCatchingUp = true
    this.#isGapAfter = false
    catchUp(this.#shard, this.#l2)
      .then(
        (isSame) => (isSame ? this.#events.onFilled() : this.#events.onForeign()),
        (error: unknown) => this.#events.onError(error), // the next beat finds the gap again
      )
      .finally(() => {
        this.#isCatchingUp = false
        // What was heard meanwhile may lie beyond what the log could tell when it was asked.
        if (this.#isGapAfter && this.#shard.view.hasGap && !this.#isStopped) this.#catchUp()
      })
  }
}
