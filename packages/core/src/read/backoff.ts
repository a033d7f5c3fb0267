import type { Clock } from '../clock.ts'

interface Attempt {
  readonly failures: number
  readonly notBefore: number
  /** Of the last failure. */
  readonly failedAt: number
}

/** How long after an attempt a key is left alone: the first time, doubling with each failure, to the last. */
const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 30_000
/** Most keys whose last attempt is remembered. */
const MOST_KEYS = 10_000

/** When the loads of keys that have a value still, and brought no new one, are tried again. */
export class Backoff {
  readonly #clock: Clock
  readonly #attempts = new Map<string, Attempt>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether `key` was tried so lately that it is left alone. */
  isPausing(key: string): boolean {
    const attempt = this.#attempts.get(key)
    return attempt !== undefined && this.#clock.now() < attempt.notBefore
  }

  /** Whether `key` is left alone because its last load has failed. */
  isFailing(key: string): boolean {
    return this.isPausing(key) && (this.#attempts.get(key) as Attempt).failures > 0
  }

  /** An attempt begins. */
  tried(key: string): void {
    const { failures = 0, failedAt = -Infinity } = this.#attempts.get(key) ?? {}
    this.#note(key, { failures, failedAt, notBefore: this.#clock.now() + FIRST_PAUSE })
  }

  /** A load that began at `began` has failed; those who joined it tell so too. */
  failed(key: string, began: number): void {
    const { failures = 0, failedAt = -Infinity } = this.#attempts.get(key) ?? {}
    if (began <= failedAt) return
    const now = this.#clock.now()
    const pause = Math.min(FIRST_PAUSE * 2 ** failures, LONGEST_PAUSE)
    const notBefore = now + pause * (1 - 0.2 * this.#clock.random())
    this.#note(key, { failures: failures + 1, failedAt: now, notBefore })
  }

  succeeded(key: string): void {
    this.#attempts.delete(key)
  }

  #note(key: string, attempt: Attempt): void {
    this.#attempts.delete(key) // so that the first of the table is the one that was tried least recently
    this.#attempts.set(key, attempt)
    if (this.#attempts.size <= MOST_KEYS) return
    const [oldest] = this.#attempts.keys()
    this.#attempts.delete(oldest as string)
  }
}
