import type { CacheStats } from '@tiercel/core'
import type { Invalidates, Written } from '../catalog.ts'
import type { Quantiles } from '../report/quantiles.ts'

/** What was invalidated, as both sides name it, and when by the machine's clock, in milliseconds. */
export interface Instant {
  readonly what: string
  readonly at: number
}

/** An invalidation that was called for. One that was kept reaches the others whenever Redis is back. */
export interface Call extends Instant {
  readonly isKept: boolean
}

/** A write that was acknowledged here: from now on nothing older is to be read. Sent at once. */
export interface Acknowledged extends Written {
  readonly type: 'acknowledged'
  readonly id: number
  readonly invalidates: Invalidates
  readonly at: number
}

/** What an instance tells of itself and of what its callers saw, again and again. */
export interface Sample {
  readonly type: 'sample'
  readonly at: number
  readonly stats: CacheStats
  /** Reads that were answered since the last sample, as `Reads` writes them. */
  readonly reads: Float64Array
  /** Calls without an answer for too long, and calls that were rejected, since the last sample. */
  readonly hung: readonly string[]
  readonly failed: readonly string[]
  /** Invalidations that were called for here since the last sample. */
  readonly called: readonly Call[]
  /** Invalidations of peers that were applied here since the last sample. */
  readonly applied: readonly Instant[]
  /** When all that went before was dropped at once, since another numbering is followed. */
  readonly rebased: readonly number[]
}

/** What the machine itself takes for the way of a message, measured while nothing is broken. */
export interface Calm {
  readonly type: 'calm'
  /** Milliseconds from `PUBLISH` on a peer's bare ioredis client to the message on one of ours. */
  readonly pings: readonly number[]
  /** How late timers of this process were, in milliseconds. */
  readonly loop: Quantiles
}

/** What this process had in use, told now and then once the calm is over. Bytes. */
export interface Memory {
  readonly type: 'memory'
  /** Milliseconds since its traffic began. */
  readonly age: number
  /** After a garbage collection: objects, and buffers outside of the heap. */
  readonly inUse: number
  /** What V8 has compiled, and lets go of when it sees fit. */
  readonly code: number
  /** What the system has given it. */
  readonly resident: number
}

export type FromInstance =
  | Acknowledged
  | Sample
  | Calm
  | Memory
  | { readonly type: 'ended' | 'readAll' }

/**
 * `begin`: reads and writes. `storm`: the calm is over. `end`: no more of them. `readAll`: every item
 * once. All but the first are answered.
 */
export type ToInstance =
  | { readonly type: 'begin'; readonly isCalm: boolean }
  | { readonly type: 'storm' | 'end' | 'readAll' }
