const FIELDS = 3
const FIRST_ROOM = 1_024

/** Reads as they were answered, three numbers each: item, version, and the instant the read began. */
export class Reads {
  #numbers = new Float64Array(FIELDS * FIRST_ROOM)
  #used = 0

  add(id: number, version: number, began: number): void {
    if (this.#used === this.#numbers.length) {
      const wider = new Float64Array(2 * this.#used)
      wider.set(this.#numbers)
      this.#numbers = wider
    }
    this.#numbers[this.#used++] = id
    this.#numbers[this.#used++] = version
    this.#numbers[this.#used++] = began
  }

  /** All since the last call. */
  take(): Float64Array {
    const taken = this.#numbers.slice(0, this.#used)
    this.#used = 0
    return taken
  }
}

/** One read as the caller saw it. */
export interface AnsweredRead {
  readonly id: number
  readonly version: number
  readonly began: number
}

/** Gives `visit` each of the reads in what `take` gave. */
export function eachRead(numbers: Float64Array, visit: (read: AnsweredRead) => void): void {
  for (let i = 0; i < numbers.length; i += FIELDS) {
    const [id = 0, version = 0, began = 0] = [numbers[i], numbers[i + 1], numbers[i + 2]]
    visit({ id, version, began })
  }
}
