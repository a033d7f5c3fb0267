import type { Clock } from './clock.ts'

interface Wait {
  readonly until: number
  readonly expire: () => void
  isOver: boolean
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
        isOver: false,
      }
      this.#waits.push(wait)
      if (!this.#isArmed) this.#arm(this.#timeout)
      promise.then(
        (value) => {
          wait.isOver = true
          resolve(value)
        },
        (error: unknown) => {
          wait.isOver = true
          reject(error as Error)
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
      if (!wait.isOver && wait.until > now) break
      if (!wait.isOver) wait.expire()
      done++
    }
    this.#waits.splice(0, done)
    const next = this.#waits[0]
    this.#isArmed = next !== undefined
    if (next !== undefined) this.#arm(next.until - now)
  }
}
