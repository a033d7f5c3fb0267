/** Lets the tasks of a key run one after the other; those of different keys do not wait. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Keys with a task under way. */
  get size(): number {
    return this.#last.size
  }

  /**
   * Runs `task` when those that came before have settled which have one of its keys. Each has to have a
   * bound of its own.
   */
  run<T>(keys: readonly string[], task: () => Promise<T>): Promise<T> {
    const before = keys.flatMap((key) => this.#last.get(key) ?? [])
    const running = before.length === 0 ? task() : Promise.all(before).then(task)
    const over = running.then(
      () => {},
      () => {}, // its caller hears of it
    )
    for (const key of keys) this.#last.set(key, over)
    void over.then(() => {
      for (const key of keys) if (this.#last.get(key) === over) this.#last.delete(key)
    })
    return running
  }
}
