import type { Call, Instant, Sample } from '../instance/messages.ts'

interface CallHere extends Call {
  readonly incarnation: number
  /** The peers that have applied it. */
  readonly peers: Set<number>
}

interface Application extends Instant {
  readonly incarnation: number
}

/**
 * How long invalidations take from the call on one instance to their application on another. A record
 * has no number to match it by, so an application belongs to the last call before it that named the
 * same thing, and the first one of each peer counts. Calls that were kept, and those that a peer has
 * dealt with by dropping everything, are not measured: what is sent later on repeats them.
 */
export class Lag {
  readonly #calls = new Map<string, CallHere[]>()
  readonly #applications: Application[] = []
  readonly #rebases = new Map<number, readonly number[]>()

  add(
    incarnation: number,
    { called, applied, rebased }: Pick<Sample, 'called' | 'applied' | 'rebased'>,
  ): void {
    for (const call of called) {
      const calls = this.#calls.get(call.what) ?? []
      this.#calls.set(call.what, calls)
      calls.push({ ...call, incarnation, peers: new Set() })
    }
    for (const instant of applied) this.#applications.push({ ...instant, incarnation })
    this.#rebases.set(incarnation, [...(this.#rebases.get(incarnation) ?? []), ...rebased])
  }

  /** Milliseconds for each invalidation and each peer that applied it by its name. */
  times(): number[] {
    for (const calls of this.#calls.values()) {
      calls.sort((a, b) => a.at - b.at)
      for (const { peers } of calls) peers.clear()
    }
    const ordered = this.#applications.toSorted((a, b) => a.at - b.at)
    return ordered.map((application) => this.#time(application)).filter((ms) => ms !== undefined)
  }

  #time({ what, at, incarnation }: Application): number | undefined {
    const call = this.#calls.get(what)?.findLast((candidate) => candidate.at <= at)
    if (call === undefined || call.incarnation === incarnation) return undefined
    if (call.isKept || call.peers.has(incarnation)) return undefined
    call.peers.add(incarnation)
    const rebases = this.#rebases.get(incarnation) ?? []
    return rebases.some((rebase) => rebase > call.at && rebase <= at) ? undefined : at - call.at
  }
}
