import { Deferred } from './deferred.ts'

/** A loader that answers when the test lets it. */
export class HeldLoader<T = unknown> {
  calls = 0
  /** Resolves once the loader runs. */
  readonly called: Promise<void>
  /** What a read is given as its loader. */
  readonly load: () => Promise<T>
  #begin!: () => void
  readonly #answer = new Deferred<T>()

  constructor() {
    this.#answer.promise.catch(() => {}) // it may be that nobody asks
    this.called = new Promise((resolve) => {
      this.#begin = resolve
    })
    this.load = () => {
      this.calls++
      this.#begin()
      return this.#answer.promise
    }
  }

  answer(value: T): void {
    this.#answer.resolve(value)
  }

  fail(error: Error): void {
    this.#answer.reject(error)
  }
}
