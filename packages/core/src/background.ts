/** Work that nobody waits for, so that closing can. */
export class Background {
  readonly #tasks = new Set<Promise<unknown>>()

  get size(): number {
    return this.#tasks.size
  }

  /** Keeps `task` in mind until it settles. It must not reject: nobody is there to hear. */
  add(task: Promise<unknown>): void {
    this.#tasks.add(task)
    // Not `finally`, which makes three promises more.
    void task.then(
      () => this.#tasks.delete(task),
      (error: unknown) => {
        this.#tasks.delete(task)
        throw error
      },
    )
  }

  /** Resolves when all that was under way has settled. */
  async idle(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks)
  }
}
