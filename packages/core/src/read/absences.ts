/** So many in a row, and the next read is expected to find nothing as well. */
const ENOUGH = 8

/**
 * How reads of L2 ended lately, of keys that are handled alike: whether there was anything stored. While
 * there is nothing, time after time (a cold cache, keys that are asked for once), a load that is ready
 * to run asks for its right at once, which tells the same, and saves a round trip.
 */
export class Absences {
  #row = 0

  /** What a read, or the question for a right, found stored under its key. */
  note(isAbsent: boolean): void {
    this.#row = isAbsent ? this.#row + 1 : 0
  }

  get areExpected(): boolean {
    return this.#row >= ENOUGH
  }
}
