/** A line now and then instead of one that changes. */
const LINE_EVERY = 3_000

/** Shows how it goes: one line that changes on a terminal, else a line every few seconds. */
export class Progress {
  readonly #out: NodeJS.WriteStream
  #shownAt = performance.now()
  #isOpen = false

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
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
    } else if (performance.now() - this.#shownAt >= LINE_EVERY) {
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
