import type { Cancel, Clock } from '../clock.ts'

interface Timer {
  readonly at: number
  readonly task: () => void
}

/** What the wall clock shows when the monotonic one shows 0. */
const EPOCH = 1_700_000_000_000

/** A clock that stands still until it is told how far to go. */
export class ManualClock implements Clock {
  /** What `random` answers. */
  chance = 0
  #now: number
  #suspended = 0
  readonly #timers = new Set<Timer>()

  constructor(now = 0) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return EPOCH + this.#now + this.#suspended
  }

  after(delay: number, task: () => void): Cancel {
    const timer = { at: this.#now + delay, task }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  random(): number {
    return this.chance
  }

  /** Timers that have not run. */
  get timers(): number {
    return this.#timers.size
  }

  /** The machine sleeps: the wall clock goes on, the monotonic one does not. */
  suspend(ms: number): void {
    this.#suspended += ms
  }

  /** Goes on by `ms`. Each timer runs at its instant, and what it wakes has settled before the next. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    await settled()
    for (let next = this.#due(until); next !== undefined; next = this.#due(until)) {
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.task()
      await settled()
    }
    this.#now = until
  }

  /** The first of the timers that are due by `until`; of equal ones the one that was set first. */
  #due(until: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at <= until && (first === undefined || timer.at < first.at)) first = timer
    }
    return first
  }
}

/** Resolves once everything that waits for nothing from outside has run: promises and ticks. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
