import type { Meta } from '../tiers.ts'
import { Cells } from './tags.ts'

/** Numberings of the past that are remembered, so that their late messages are known for what they are. */
const RETIRED = 8
/** Numbers after a gap that are remembered: without them the log is asked for what was heard already. */
const MOST_AHEAD = 1_000

/**
 * What this process knows of one shard: which numbering it follows, how far it has applied it, and
 * when it last knew that it had missed nothing.
 *
 * The shard's numbers are mapped to local ones, which are small and only ever grow: an entry of an
 * earlier numbering has a stamp below `minStamp` and needs no other mark.
 */
export class View {
  /** The numbering that is followed; empty while it is unknown. */
  line = ''
  inc = ''
  /** Every invalidation up to this number is applied here, or covered by `minStamp`. */
  applied = 1
  /** Entries with a lower stamp are not trusted. */
  minStamp = 1
  /** Until when L1 is served without asking: when nothing was known to be missed, plus the bound. */
  trustUntil: number = -Infinity
  /** The connection was made anew, and has not answered since: it may lead to a server that is behind. */
  isReconnected = false
  /** Milliseconds that an answer from L1 may be out of date. */
  readonly bound: number
  readonly cells: Cells = new Cells()
  #offset = 0
  /** Highest number that anything here may bear: reads and late messages are ahead of `applied`. */
  #highest = 1
  readonly #retired: string[] = []
  /** What is applied here after a gap. */
  readonly #ahead = new Set<number>()

  constructor(bound: number) {
    this.bound = bound
  }

  get isKnown(): boolean {
    return this.inc !== ''
  }

  /** Whether L2 may be read: a numbering is followed, and it is its server that answers. */
  get isReadable(): boolean {
    return this.isKnown && !this.isReconnected
  }

  matches(meta: Pick<Meta, 'line' | 'inc'>): boolean {
    return meta.inc === this.inc && meta.line === this.line
  }

  /** Whether `inc` is a numbering that was followed here before, and is no more. */
  isRetired(inc: string): boolean {
    return this.#retired.includes(inc)
  }

  /** The local number of the shard's `seq`. Valid only for the numbering that is followed. */
  local(seq: number): number {
    const local = seq - this.#offset
    if (local > this.#highest) this.#highest = local
    return local
  }

  /** Every invalidation up to `seq` is applied here; with them what was applied after the gap. */
  advance(seq: number): void {
    this.applied = seq
    if (this.#ahead.size === 0) return
    while (this.#ahead.delete(this.applied + 1)) this.applied++
    for (const ahead of this.#ahead) if (ahead <= this.applied) this.#ahead.delete(ahead)
  }

  /** `seq` is applied here, but not all before it. */
  skipTo(seq: number): void {
    if (this.#ahead.size < MOST_AHEAD) this.#ahead.add(seq)
  }

  /** Whether something is applied here that does not follow on `applied`. */
  get hasGap(): boolean {
    return this.#ahead.size > 0
  }

  /** The shard's number of what is applied here. */
  remoteApplied(): number {
    return this.applied + this.#offset
  }

  /** Follows another numbering from here on; nothing held is trusted any more. */
  adopt(meta: Meta): void {
    this.distrust()
    const retired = this.#retired.indexOf(meta.inc)
    if (retired !== -1) this.#retired.splice(retired, 1) // left in an outage, and found again
    this.line = meta.line
    this.inc = meta.inc
    this.#offset = meta.seq - this.applied
  }

  /** Nothing held is trusted, and the numbering is unknown until it is adopted again. */
  distrust(): void {
    if (this.inc !== '' && !this.isRetired(this.inc)) {
      this.#retired.push(this.inc)
      if (this.#retired.length > RETIRED) this.#retired.shift()
    }
    this.inc = ''
    this.#ahead.clear()
    this.minStamp = this.countAlone()
    this.trustUntil = -Infinity
  }

  /** A number of this process alone, for an invalidation that could not be given one in Redis. */
  countAlone(): number {
    this.applied = Math.max(this.applied, this.#highest) + 1
    return this.applied
  }

  /** At `at` nothing had been missed. */
  confirm(at: number): void {
    this.trustUntil = Math.max(this.trustUntil, at + this.bound)
  }
}
