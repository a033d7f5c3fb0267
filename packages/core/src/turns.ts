/** Lets the tasks of one key run one after the other; those of different keys do not wait. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Keys with a task under way. */
  get size(): number {
    return this.#last.size
  }

  /** Runs `task` when those of the same key that came before have settled. Each has to have a bound of its own. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const running = before === undefined ? task() : before.then(task)
    const over = running.then(
      () => {},
      () => {}, // its caller hears of it
    )
    this.#last.set(key, over)
    void over.then(() => {
      if (this.#last.get(key) === over) this.#last.delete(key)
    })
    return running
  }
}
