/**
 * Keeps faults that take an instance away apart from those that may lose what it has written. Any
 * number of the first kind go on at once, one of the second kind alone; who waits for that is next.
 */
export class Presence {
  #away = 0
  #alone: Promise<void> = Promise.resolve()
  #wakeUp: (() => void) | undefined

  /** Does `fault` while nobody is alone. */
  async away(fault: () => Promise<void>): Promise<void> {
    let seen
    do await (seen = this.#alone)
    while (seen !== this.#alone)
    this.#away++
    try {
      await fault()
    } finally {
      if (--this.#away === 0) this.#wakeUp?.()
    }
  }

  /** Does `fault` once all are there, and lets nobody go meanwhile. */
  async alone(fault: () => Promise<void>): Promise<void> {
    const before = this.#alone
    let end: (() => void) | undefined
    this.#alone = new Promise((resolve) => (end = resolve))
    await before
    try {
      if (this.#away > 0) await new Promise<void>((wake) => (this.#wakeUp = wake))
      await fault()
    } finally {
      this.#wakeUp = undefined
      end?.()
    }
  }
}
