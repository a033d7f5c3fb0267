import type { Clock } from './clock.ts'

interface Wait {
  readonly until: number
  /** Gone once the wait is over, so that the queue holds on to no answer. */
  expire: (() => void) | undefined
}

/** A bound on waits that all have the same length: a queue and one timer serve them all. */
export class Deadline {
  readonly #clock: Clock
  readonly #timeout: number
  readonly #waits: Wait[] = []
  #isArmed = false

  constructor(clock: Clock, timeout: number) {
    this.#clock = clock
    this.#timeout = timeout
  }

  /** `promise`, or the rejection with `late()` if it has not settled in time. */
  bound<T>(promise: Promise<T>, late: () => Error): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const wait: Wait = {
        until: this.#clock.now() + this.#timeout,
        expire: () => reject(late()),
      }
      this.#waits.push(wait)
      if (!this.#isArmed) this.#arm(this.#timeout)
      promise.then(
        (value) => {
          wait.expire = undefined
          resolve(value)
        },
        (error: unknown) => {
          wait.expire = undefined
          reject(error)
        },
      )
    })
  }

  #arm(delay: number): void {
    this.#isArmed = true
    this.#clock.after(delay, () => this.#sweep())
  }

  #sweep(): void {
    const now = this.#clock.now()
    let done = 0
    for (const wait of this.#waits) {
      if (wait.expire !== undefined && wait.until > now) break
      wait.expire?.()
      done++
    }
    this.#waits.splice(0, done)
    const next = this.#waits[0]
    this.#isArmed = next !== undefined
    if (next !== undefined) this.#arm(next.until - now)
  }
}
