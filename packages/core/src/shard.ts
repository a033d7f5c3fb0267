import type { AcquireBatch } from './load/acquire-batch.ts'
import type { Originator } from './coherence/originate.ts'
import type { View } from './coherence/view.ts'
import type { Watch } from './coherence/watch.ts'
import { type Flight, Flights } from './flights.ts'
import type { GuardedL2 } from './guarded-l2.ts'
import type { Limiter } from './load/limiter.ts'
import type { LoadFlight } from './load/load.ts'
import type { ReadBatch, ReadFlight } from './read/read-batch.ts'
import type { L1 } from './tiers.ts'

/** The shared side of a shard; a cache without Redis has none. */
export interface Shared {
  readonly l2: GuardedL2
  readonly watch: Watch
  readonly reads: ReadBatch
  readonly rights: AcquireBatch
  /** Bounds the fills under way, so that a thousand of them do not time out behind each other. */
  readonly fills: Limiter
}

/** A part of the keys with a numbering of its own: on a Cluster, what lives in one slot. */
export class Shard {
  readonly namespace: string
  /** The cache's id. */
  readonly cache: string
  readonly index: number
  readonly view: View
  readonly l1: L1
  readonly reads: Flights<ReadFlight> = new Flights()
  readonly loads: Flights<LoadFlight> = new Flights()
  readonly sets: Flights<Flight<unknown>> = new Flights()
  /** All three: what an invalidation has to overtake. */
  readonly flights: readonly Pick<
    Flights<Flight<unknown>>,
    'overtake' | 'overtakeMatching' | 'overtakeAll' | 'closeAll' | 'forget'
  >[] = [this.reads, this.loads, this.sets]
  /** Puts a value that waits for the source of truth back into L2; set by a writer behind the cache. */
  restore: ((key: string) => Promise<boolean>) | undefined
  /** Set once, by `openShard`. */
  shared: Shared | undefined
  /** Set once, by `openShard`. */
  originator!: Originator

  constructor(namespace: string, index: number, view: View, l1: L1, cache = '') {
    this.cache = cache
    this.namespace = namespace
    this.index = index
    this.view = view
    this.l1 = l1
  }

  /** Nothing that is held here, or under way, answers for `key` from now on. */
  drop(key: string): void {
    this.l1.delete(key)
    for (const flights of this.flights) flights.forget(key)
  }
}
