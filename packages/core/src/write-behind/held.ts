import type { Clock } from '../clock.ts'
import type { TakenWrite } from './queue.ts'

/** A write that this consumer has, and how its attempts went. */
export interface HeldWrite extends TakenWrite {
  /** How often it was tried by itself, or was named as failed. */
  attempts: number
  /** When it is tried next. */
  at: number
}

export interface HeldRules {
  readonly maxBatch: number
  readonly firstRetry: number
  readonly lastRetry: number
}

/**
 * The writes of one consumer, and which of them go together next. A call that is rejected as a whole
 * says nothing of a single write: the next ones are half as large, down to one, and only an attempt
 * alone counts. So a write that can't be stored is found in a few calls and tried apart, and a source
 * that is away is asked with one write at a time.
 */
export class Held {
  readonly #rules: HeldRules
  readonly #clock: Clock
  readonly #writes = new Map<string, HeldWrite>()
  /** Most writes of the next call. */
  #most: number
  /** Calls in a row that were rejected, and until when none is made. */
  #rejections = 0
  #pausedUntil = -Infinity
  #isRetryNext = false

  constructor(rules: HeldRules, clock: Clock) {
    this.#rules = rules
    this.#clock = clock
    this.#most = rules.maxBatch
  }

  get size(): number {
    return this.#writes.size
  }

  ids(): readonly string[] {
    return [...this.#writes.keys()]
  }

  add(taken: readonly TakenWrite[]): void {
    for (const write of taken) this.#writes.set(write.id, { ...write, attempts: 0, at: -Infinity })
  }

  /** What goes into the next call now: new writes together, or one that failed before. */
  due(): readonly HeldWrite[] {
    const now = this.#clock.now()
    if (now < this.#pausedUntil) return []
    const fresh: HeldWrite[] = []
    let retry: HeldWrite | undefined
    for (const write of this.#writes.values()) {
      if (write.at > now) continue
      if (write.attempts === 0) {
        if (fresh.length < this.#most) fresh.push(write)
      } else if (retry === undefined || write.attempts < retry.attempts) retry = write
    }
    const isRetry = retry !== undefined && (this.#isRetryNext || fresh.length === 0)
    this.#isRetryNext = !isRetry // in turn, so that neither keeps the other waiting
    return isRetry ? [retry as HeldWrite] : fresh
  }

  /** When there may be something due; `Infinity` if nothing is held. */
  nextAt(): number {
    let next = Infinity
    for (const { at } of this.#writes.values()) next = Math.min(next, at)
    return Math.max(next, this.#pausedUntil)
  }

  /** `isAll`: every write of the call. */
  onWritten(writes: readonly TakenWrite[], isAll: boolean): void {
    for (const { id } of writes) this.#writes.delete(id)
    this.#rejections = 0
    if (isAll) this.#most = Math.min(this.#rules.maxBatch, this.#most * 2)
  }

  onFailed(write: HeldWrite): void {
    write.attempts++
    write.at = this.#clock.now() + this.#pause(write.attempts)
  }

  onRejected(writes: readonly HeldWrite[]): void {
    this.#rejections++
    this.#most = Math.max(1, writes.length >> 1)
    this.#pausedUntil = this.#clock.now() + this.#pause(this.#rejections)
    if (writes.length === 1) this.onFailed(writes[0] as HeldWrite)
  }

  remove({ id }: TakenWrite): void {
    this.#writes.delete(id)
  }

  /** Forgets writes that others have, and says which those are. */
  lose(ids: readonly string[]): readonly HeldWrite[] {
    const lost = ids.flatMap((id) => this.#writes.get(id) ?? [])
    for (const { id } of lost) this.#writes.delete(id)
    return lost
  }

  clear(): void {
    this.#writes.clear()
  }

  /** At random up to a most that doubles: instances that failed together do not try again together. */
  #pause(attempts: number): number {
    const { firstRetry, lastRetry } = this.#rules
    return this.#clock.random() * Math.min(lastRetry, firstRetry * 2 ** Math.min(attempts - 1, 30))
  }
}
