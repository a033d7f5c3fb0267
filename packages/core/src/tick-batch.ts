/** Collects what is added in one tick, and sends it in portions of at most `most`. */
export class TickBatch<T> {
  readonly #most: number
  readonly #send: (items: readonly T[]) => void
  #items: T[] = []

  constructor(most: number, send: (items: readonly T[]) => void) {
    this.#most = most
    this.#send = send
  }

  add(item: T): void {
    if (this.#items.length === 0) process.nextTick(this.flush)
    this.#items.push(item)
    if (this.#items.length === this.#most) this.flush()
  }

  /** Sends now what was added. */
  readonly flush = (): void => {
    const items = this.#items
    if (items.length === 0) return
    this.#items = []
    this.#send(items)
  }
}
