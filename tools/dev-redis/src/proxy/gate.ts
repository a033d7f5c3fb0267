/** Something that what comes behind it has to wait for; opened once. */
export class Gate {
  #isOpen = false
  readonly #waiting: (() => void)[] = []

  get isOpen(): boolean {
    return this.#isOpen
  }

  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    for (const proceed of this.#waiting.splice(0)) proceed()
  }

  /** Calls back when it opens. */
  onOpen(proceed: () => void): void {
    this.#waiting.push(proceed)
  }
}
