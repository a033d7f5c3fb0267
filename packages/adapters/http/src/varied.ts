const MOST = 10_000

/**
 * Which fields the responses of a path vary by, as this process has seen them. A path that is new is taken to be
 * like the one that was seen last. A wrong guess costs a load, never a wrong answer: a response is stored only
 * under a key that has all the fields that it names.
 */
export class Varied {
  readonly #names = new Map<string, readonly string[]>()
  #last: readonly string[] = []

  of(path: string): readonly string[] {
    return this.#names.get(path) ?? this.#last
  }

  /** A response of `path` varies by `names`. */
  learn(path: string, names: readonly string[]): void {
    this.#last = names
    const known = this.#names.get(path)
    const all = known === undefined ? names : [...new Set([...known, ...names])].toSorted()
    this.#names.delete(path)
    this.#names.set(path, all)
    if (this.#names.size <= MOST) return
    const [oldest] = this.#names.keys()
    this.#names.delete(oldest as string)
  }
}
