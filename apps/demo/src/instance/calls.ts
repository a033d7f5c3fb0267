/** Samples that a call may wait through. Counted, not timed: a process that is paused waits for nothing. */
const MOST_SAMPLES = 50
/** Findings of one kind in one sample; an outage must not fill the memory. */
const MOST_FOUND = 20

interface Call {
  readonly kind: 'read' | 'write'
  readonly id: number
  samples: number
}

/** The calls of the cache that are under way, and those that came to no good end. */
export class Calls {
  readonly #underway = new Set<Call>()
  #failed: string[] = []

  /** Watches over a call; gives its answer, or nothing if it was rejected. */
  async watch<T>(kind: Call['kind'], id: number, answer: Promise<T>): Promise<T | undefined> {
    const call: Call = { kind, id, samples: 0 }
    this.#underway.add(call)
    try {
      return await answer
    } catch (error) {
      if (this.#failed.length < MOST_FOUND) this.#failed.push(`${kind} ${id}: ${String(error)}`)
      return undefined
    } finally {
      this.#underway.delete(call)
    }
  }

  /** Calls that have waited for too long, each once. To be asked with every sample. */
  hung(): string[] {
    const hung: string[] = []
    for (const call of this.#underway) {
      if (++call.samples === MOST_SAMPLES && hung.length < MOST_FOUND) {
        hung.push(`${call.kind} ${call.id}: no answer`)
      }
    }
    return hung
  }

  /** Calls that were rejected since this was asked last. */
  failed(): string[] {
    const failed = this.#failed
    this.#failed = []
    return failed
  }
}
