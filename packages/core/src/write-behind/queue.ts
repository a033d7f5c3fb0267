import type { Meta } from '../tiers.ts'

/** A value on its way into the cache and into the queue. */
export interface QueuedValue {
  readonly key: string
  readonly ttl: number
  readonly frame: Buffer
}

export interface EnqueueRequest {
  readonly values: readonly QueuedValue[]
  readonly grace: number
  readonly tags: readonly string[]
  /** Most keys that may wait. */
  readonly limit: number
  /** Refuse if one of the keys waits already. */
  readonly isNew: boolean
}

export interface Enqueued {
  readonly meta: Meta
  /** `full`, or `waits` where that was refused: nothing was done. */
  readonly outcome: 'queued' | 'full' | 'waits'
}

/** A write that a consumer has taken. */
export interface TakenWrite {
  /** Its place in the queue. */
  readonly id: string
  readonly key: string
  /** Grows with each write of a key: what a source can compare. */
  readonly number: number
  readonly frame: Buffer
}

export interface QueueState {
  /** Keys that wait, those that are taken among them. */
  readonly depth: number
  readonly taken: number
  /** Number of the oldest that waits, and of the last that was given; 0 where there is none. */
  readonly oldest: number
  readonly last: number
  /** Milliseconds that the oldest has waited. */
  readonly lag: number
  readonly deadLetters: number
  /** What the server drops when its memory is full; empty where it has no limit, or does not say. */
  readonly eviction: string
}

/** A write that was given up. */
export interface StoredLetter {
  readonly id: string
  readonly key: string
  readonly number: number
  readonly error: string
  readonly attempts: number
  readonly frame: Buffer
}

/**
 * One shard's queue of one writer, in the shared tier. A key has one place in it, however often it is
 * written: whoever has taken the place has the key, and no other consumer writes it.
 */
export interface WriteQueue {
  /** Puts a value that waits back into the cache, if one does. */
  restore(key: string): Promise<boolean>
  enqueue(request: EnqueueRequest, payload: string): Promise<Enqueued>
  /** Takes up to `most`: first what consumers left that were not heard of for `idle` ms. */
  take(
    consumer: string,
    idle: number,
    most: number,
    isSweep: boolean,
  ): Promise<readonly TakenWrite[]>
  /** Keeps what is taken; or, with `idle`, leaves it to others. Says of each whether it is still ours. */
  renew(consumer: string, ids: readonly string[], idle: number): Promise<readonly boolean[]>
  settle(consumer: string, writes: readonly TakenWrite[]): Promise<number>
  bury(
    consumer: string,
    most: number,
    write: TakenWrite,
    error: string,
    attempts: number,
  ): Promise<'buried' | 'full' | 'lost'>
  state(asksEviction: boolean): Promise<QueueState>
  letters(after: string, most: number): Promise<readonly StoredLetter[]>
  dropLetter(id: string): Promise<boolean>
}
