const LINE_EVERY = 3_000

/** Shows how it goes: one line that changes on a terminal, else a line every few seconds. */
export class Progress {
  readonly #out: NodeJS.WriteStream
  readonly #every: number
  #shownAt = performance.now()
  #isOpen = false

  /** `every`: milliseconds between two lines where no line can change. */
  constructor(out: NodeJS.WriteStream, every = LINE_EVERY) {
    this.#out = out
    this.#every = every
  }

  /** Something that stays. */
  say(line: string): void {
    this.end()
    this.#out.write(`${line}\n`)
  }

  /** Something that the next such line replaces. */
  show(line: string): void {
    if (this.#out.isTTY) {
      this.#out.write(`\r\u001B[K${line.slice(0, this.#out.columns - 1)}`)
      this.#isOpen = true
    } else if (performance.now() - this.#shownAt >= this.#every) {
      this.#shownAt = performance.now()
      this.#out.write(`${line}\n`)
    }
  }

  /** Leaves the changing line as it is. */
  end(): void {
    if (this.#isOpen) this.#out.write('\n')
    this.#isOpen = false
  }
}
