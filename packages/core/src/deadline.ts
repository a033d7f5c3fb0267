import type { Clock } from './clock.ts'

interface Wait {
  readonly until: number
  readonly expire: () => void
}

/** A bound on waits that all have the same length: a queue and one timer serve them all. */
export class Deadline {
  readonly #clock: Clock
  readonly timeout: number
  /** In the order of their ends. One that is over leaves at once: it holds on to its answer. */
  readonly #waits: Set<Wait> = new Set()
  #isArmed = false

  constructor(clock: Clock, timeout: number) {
    this.#clock = clock
    this.timeout = timeout
  }

  /** `promise`, or the rejection with `late()` if it has not settled in time. */
  bound<T>(promise: Promise<T>, late: () => Error): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.watch(promise, resolve, reject, late)
    })
  }

  /** The same for who has a promise of its own: one of `resolve` and `reject` is called, and once. */
  watch<T>(
    promise: Promise<T>,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
    late: () => Error,
  ): void {
    const wait: Wait = {
      until: this.#clock.now() + this.timeout,
      expire: () => reject(late()),
    }
    this.#waits.add(wait)
    if (!this.#isArmed) this.#arm(this.timeout)
    promise.then(
      (value) => {
        if (this.#waits.delete(wait)) resolve(value)
      },
      (error: unknown) => {
        if (this.#waits.delete(wait)) reject(error)
      },
    )
  }

  #arm(delay: number): void {
    this.#isArmed = true
    this.#clock.after(delay, () => this.#sweep())
  }

  #sweep(): void {
    this.#isArmed = false
    const now = this.#clock.now()
    for (const wait of this.#waits) {
      if (wait.until > now) return this.#arm(wait.until - now)
      this.#waits.delete(wait)
      wait.expire()
    }
  }
}
