import type { Acknowledged, Sample } from '../instance/messages.ts'
import { type AnsweredRead, eachRead } from '../instance/reads.ts'
import { Ledger } from './ledger.ts'
import { countRead, newTally, note } from './tally.ts'

/** An instance's process. A killed instance comes back as another incarnation. */
export interface Peer {
  readonly instance: number
  readonly incarnation: number
}

/**
 * How long reads wait before they are judged: an acknowledgement that was given before a read began
 * is sent at once, and is here by then.
 */
const JUDGE_AFTER = 100

interface Waiting {
  readonly peer: Peer
  readonly reads: Float64Array
  readonly at: number
}

/** Holds each answer of the instances against what they had promised before. */
export class Checker {
  readonly ledger = new Ledger()
  readonly tally = newTally()
  readonly #bound: number
  readonly #began: number
  readonly #down = new Set<number>()
  #waiting: Waiting[] = []

  /** `began`: the instant that findings are counted from. */
  constructor(bound: number, began: number) {
    this.#bound = bound
    this.#began = began
  }

  /** The process was killed: what it kept for Redis is lost with it. */
  down(incarnation: number): void {
    this.#down.add(incarnation)
    this.tally.lost += this.ledger.forget(incarnation)
  }

  acknowledged({ incarnation }: Peer, acknowledged: Acknowledged): void {
    const { id, version, receipt, at, invalidates } = acknowledged
    this.tally.writes[invalidates]++
    if (receipt === 'here') this.tally.kept++
    this.ledger.acknowledge(id, version, { writer: incarnation, receipt, at })
    if (this.#down.has(incarnation)) this.tally.lost += this.ledger.forget(incarnation)
  }

  /** Takes note of `sample`, which arrived at `now`, and judges what has waited long enough. */
  sample(peer: Peer, sample: Sample, now: number): void {
    const { at, stats, reads, hung, failed } = sample
    if (stats.coherence.outbox === 0) this.ledger.confirm(peer.incarnation, at)
    this.tally.hung += hung.length
    this.tally.failed += failed.length
    for (const what of [...hung, ...failed]) this.#note(what, peer, at)
    this.#waiting.push({ peer, reads, at: now })
    this.judge(now - JUDGE_AFTER)
  }

  /** Judges the reads that arrived up to `until`. Gives those that were older than promised. */
  judge(until = Infinity): number {
    let stale = 0
    const due = this.#waiting.filter(({ at }) => at <= until)
    this.#waiting = this.#waiting.filter(({ at }) => at > until)
    for (const { peer, reads } of due) {
      eachRead(reads, (read) => {
        if (this.#judge(peer, read)) stale++
      })
    }
    return stale
  }

  #judge(peer: Peer, answered: AnsweredRead): boolean {
    this.tally.reads++
    const read = { ...answered, reader: peer.incarnation }
    const judgement = this.ledger.judge(read)
    if (judgement.staleness <= 0) return false
    const against = countRead(this.tally, this.#bound, read, judgement)
    if (against !== undefined) this.#note(against, peer, read.began)
    return true
  }

  #note(what: string, { instance }: Peer, at: number): void {
    note(this.tally, { what, instance, at: Math.round(at - this.#began) })
  }
}
