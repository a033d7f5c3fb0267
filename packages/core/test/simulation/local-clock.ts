import type { Cancel, Clock } from '../../src/clock.ts'
import { Random } from './random.ts'
import type { Owner, Scheduler } from './scheduler.ts'

/** A process's own clock: it began at some time of its own, has a rate, and stops while suspended. */
export class LocalClock implements Clock {
  readonly #scheduler: Scheduler
  readonly #owner: Owner
  readonly #random: Random
  readonly #rate: number
  readonly #zero: number
  readonly #suspensions: { readonly from: number; readonly to: number }[] = []

  constructor(scheduler: Scheduler, owner: Owner, seed: number, rate: number) {
    this.#scheduler = scheduler
    this.#owner = owner
    this.#random = new Random(seed)
    this.#rate = rate
    this.#zero = this.#random.between(-1e6, 1e6)
  }

  now(): number {
    return this.at(this.#scheduler.now)
  }

  /** What this clock shows at an instant of the world's. */
  at(instant: number): number {
    let awake = instant
    for (const { from, to } of this.#suspensions) {
      if (instant > from) awake -= Math.min(instant, to) - from
    }
    return this.#zero + awake * this.#rate
  }

  wall(): number {
    return 1.7e12 + this.#scheduler.now
  }

  after(delay: number, task: () => void): Cancel {
    const target = this.now() + delay
    let cancel: Cancel
    const arm = (): void => {
      const due = this.#scheduler.now + Math.max(0, target - this.now()) / this.#rate
      cancel = this.#scheduler.at(due, this.#owner, () => {
        if (this.now() < target - 0.5) arm()
        else task()
      })
    }
    arm()
    return () => cancel()
  }

  random(): number {
    return this.#random.next()
  }

  /** @returns when it ends */
  suspend(length: number): number {
    const { now } = this.#scheduler
    const from = Math.max(now, this.#suspensions.at(-1)?.to ?? 0)
    const to = Math.max(from, now + length)
    this.#suspensions.push({ from, to })
    return to
  }
}
