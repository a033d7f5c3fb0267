const MOST = 10_000
/** Long enough to spare callers a wait for one another; short enough that a change shows soon. */
const PASS_FOR = 5_000

/**
 * Keys whose responses were not storable a moment ago. They are not waited for: who asks for one runs the
 * handler at once, beside all others who do.
 */
export class Passes {
  readonly #until = new Map<string, number>()

  has(key: string, now: number): boolean {
    const until = this.#until.get(key)
    if (until === undefined) return false
    if (now < until) return true
    this.#until.delete(key)
    return false
  }

  add(key: string, now: number): void {
    this.#until.delete(key)
    this.#until.set(key, now + PASS_FOR)
    if (this.#until.size <= MOST) return
    const [oldest] = this.#until.keys()
    this.#until.delete(oldest as string)
  }
}
