/** Work that nobody waits for, so that closing can. */
export class Background {
  readonly #tasks = new Set<Promise<unknown>>()

  get size(): number {
    return this.#tasks.size
  }

  /** Keeps `task` in mind until it settles. It must not reject: nobody is there to hear. */
  add(task: Promise<unknown>): void {
    this.#tasks.add(task)
    const over = (): void => void this.#tasks.delete(task)
    void task.then(over, over)
  }

  /** Resolves when all that was under way has settled. */
  async idle(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks)
  }
}
