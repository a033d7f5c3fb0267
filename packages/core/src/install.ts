import { Entry, type EntryExtras } from './entry.ts'
import type { Flight, Flights } from './flights.ts'
import type { Shard } from './shard.ts'

/** A value on its way to L1. */
export interface Candidate {
  readonly key: string
  readonly value: unknown
  /** Local number of the last invalidation that the value reflects. */
  readonly stamp: number
  /** When its read or load began. */
  readonly at: number
  readonly freshUntil: number
  /** As `freshUntil` where it is absent. */
  readonly hitUntil?: number
  readonly extras?: EntryExtras | undefined
  readonly tags: readonly string[]
  readonly size: number
}

/**
 * Puts a value into L1, unless an invalidation that was applied here came after its stamp, or its
 * flight was replaced or forgotten.
 *
 * @returns the entry, or `undefined` if it was overtaken
 */
export function install<F extends Flight<unknown>>(
  shard: Shard,
  flights: Flights<F>,
  flight: F,
  candidate: Candidate,
): Entry | undefined {
  const { view } = shard
  const { stamp, tags } = candidate
  const isOvertaken =
    stamp < view.minStamp ||
    flight.dirty > stamp ||
    !flights.holds(flight) ||
    !view.cells.allow(tags, stamp)
  if (isOvertaken) return undefined
  const { key, value, at, freshUntil, size, hitUntil, extras } = candidate
  const cells = view.cells.hold(tags)
  const entry = new Entry(value, stamp, at, freshUntil, cells, view, size, hitUntil, extras)
  shard.l1.set(key, entry)
  return entry
}
