import type { Clock } from '../clock.ts'
import { Deadline } from '../deadline.ts'

/** What a limiter allows. */
export interface Limits {
  /** Tasks at once. */
  readonly most: number
  /** Tasks that wait for a place; one more is refused. */
  readonly mostWaiting: number
  /** Milliseconds that a task waits for a place before it is refused. */
  readonly longestWait: number
}

/** Why a task was given no place: too many wait, or it has waited too long. */
export type Refusal = 'full' | 'late'

/** Gives a place back. */
export type Leave = () => void

interface Waiting {
  go(leave: Leave): void
}

/** Lets at most so many tasks run at once; the others wait their turn, not too many and not too long. */
export class Limiter {
  readonly #limits: Limits
  readonly #deadline: Deadline
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>()
  #running = 0

  constructor(clock: Clock, limits: Limits) {
    this.#limits = limits
    this.#deadline = new Deadline(clock, limits.longestWait)
  }

  get hasRoom(): boolean {
    return this.#running < this.#limits.most
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Takes a place if there is one, at once. */
  tryEnter(): Leave | undefined {
    if (!this.hasRoom) return undefined
    this.#running++
    return this.#leave
  }

  /**
   * Takes a place, and says how to leave it; rejects with what `refused` says.
   *
   * @param onWait told how to go on at once and without a place, if there is none now
   */
  async enter(
    refused: (why: Refusal) => Error,
    onWait?: (hurry: () => void) => void,
  ): Promise<Leave> {
    const leave = this.tryEnter()
    if (leave !== undefined) return leave
    if (this.#waiting.size >= this.#limits.mostWaiting) throw refused('full')
    let waiting!: Waiting
    const place = new Promise<Leave>((resolve) => {
      waiting = { go: resolve }
    })
    this.#waiting.add(waiting)
    onWait?.(() => {
      if (this.#waiting.delete(waiting)) waiting.go(() => {})
    })
    return this.#deadline.bound(place, () => {
      this.#waiting.delete(waiting) // here, so that it is given no place any more
      return refused('late')
    })
  }

  async run<T>(task: () => Promise<T>, refused: (why: Refusal) => Error): Promise<T> {
    const leave = await this.enter(refused)
    try {
      return await task()
    } finally {
      leave()
    }
  }

  // The place goes straight to who waits longest, so that nobody overtakes.
  readonly #leave = (): void => {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#running--
      return
    }
    this.#waiting.delete(next)
    next.go(this.#leave)
  }
}
