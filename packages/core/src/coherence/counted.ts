/** Samples kept over the window, so that neither a long window nor a short beat makes many. */
const SAMPLES = 16

interface Sample {
  readonly at: number
  readonly seq: number
}

/**
 * How far the shard had counted at the beats of the last while. A server that took over and does not
 * reach what had been counted longer than the heal window before the last answer lacks more than its
 * writers will send again.
 */
export class Counted {
  readonly #window: number
  /** Oldest first: the newest one that is out of the window, and those in it. */
  #samples: Sample[] = []
  #last: Sample | undefined

  constructor(window: number) {
    this.#window = window
  }

  /** At `at` the shard had counted to `seq`. */
  note(at: number, seq: number): void {
    this.#last = { at, seq }
    const newest = this.#samples.at(-1)
    if (newest === undefined || at - newest.at >= this.#window / SAMPLES) {
      this.#samples.push(this.#last)
    }
    while (this.#isOut(this.#samples[1], at)) this.#samples.shift()
  }

  /** Whether a server that has counted to `seq` lacks more than is sent again. */
  isBehind(seq: number): boolean {
    if (this.#last === undefined) return false
    if (this.#window === 0) return seq < this.#last.seq
    const [oldest] = this.#samples
    return this.#isOut(oldest, this.#last.at) && seq < (oldest as Sample).seq
  }

  /** What another server has counted says nothing about the next. */
  forget(): void {
    this.#samples = []
    this.#last = undefined
  }

  #isOut(sample: Sample | undefined, now: number): boolean {
    return sample !== undefined && now - sample.at >= this.#window
  }
}
