import type { Clock } from '../clock.ts'

/** How much more the wall clock than the monotonic clock may advance between two looks. */
const SUSPENDED = 2_000

/** Tells that the machine was suspended: its monotonic clock may stand still then, and with it the bound. */
export class Suspension {
  readonly #clock: Clock
  #base: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#base = clock.wall() - clock.now()
  }

  /** Whether it was since the last look. */
  wasSince(): boolean {
    const before = this.#base
    this.#base = this.#clock.wall() - this.#clock.now()
    return this.#base - before > SUSPENDED
  }
}
