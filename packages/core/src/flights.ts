/**
 * A read or a load under way, and its fence: `dirty` is the number of the last invalidation that
 * overtook it. What it brings is installed only with a stamp that is not below.
 */
export class Flight<T> {
  readonly key: string
  /** When it began, on this process's clock. */
  readonly at: number
  dirty = 0
  /** Nobody may join any more: a tag or everything was invalidated, and its tags are not known yet. */
  isClosed = false
  promise!: Promise<T>

  constructor(key: string, at: number) {
    this.key = key
    this.at = at
  }

  /** `tags`, or everything, were invalidated: nobody may join any more. */
  close(_tags: readonly string[], _clear: boolean): void {
    this.isClosed = true
  }
}

/** Single-flight: at most one flight for a key that may be joined. The table and the fence are one. */
export class Flights<F extends Flight<unknown>> {
  readonly #flights = new Map<string, F>()

  get size(): number {
    return this.#flights.size
  }

  /** The flight of `key` that a call made now may join: clean, open and younger than `maxAge`. */
  joinable(key: string, now: number, maxAge: number): F | undefined {
    const flight = this.#flights.get(key)
    return flight !== undefined &&
      flight.dirty === 0 &&
      !flight.isClosed &&
      now - flight.at <= maxAge
      ? flight
      : undefined
  }

  /** Puts `flight` in the place of the one before, which is then no longer held. */
  start(flight: F): void {
    this.#flights.set(flight.key, flight)
  }

  /** Whether `flight` may still install what it brings. */
  holds(flight: F): boolean {
    return this.#flights.get(flight.key) === flight
  }

  /** Removes `flight`, and only it: its successor stays. */
  end(flight: F): void {
    if (this.holds(flight)) this.#flights.delete(flight.key)
  }

  /** Nobody joins the flight of `key` any more, and it installs nothing. */
  forget(key: string): void {
    this.#flights.delete(key)
  }

  overtake(key: string, seq: number): void {
    const flight = this.#flights.get(key)
    if (flight !== undefined && flight.dirty < seq) flight.dirty = seq
  }

  overtakeMatching(matches: (key: string) => boolean, seq: number): void {
    for (const key of this.#flights.keys()) if (matches(key)) this.overtake(key, seq)
  }

  overtakeAll(seq: number): void {
    for (const flight of this.#flights.values()) if (flight.dirty < seq) flight.dirty = seq
  }

  closeAll(tags: readonly string[], clear: boolean): void {
    for (const flight of this.#flights.values()) flight.close(tags, clear)
  }
}
