import type { Channel } from 'node:diagnostics_channel'
import {
  type BeatRecord,
  type BusRecord,
  type LoadRecord,
  type QueueRecord,
  type ReadOutcome,
  type TierRecord,
  type TripRecord,
  type WriteRecord,
  beatChannel,
  busChannel,
  loadChannel,
  queueChannel,
  readChannel,
  tierChannel,
  tripChannel,
  writeChannel,
} from './channels.ts'
import type { Clock } from './clock.ts'
import type { ReadCounters } from './counters.ts'
import type { Family } from './families/family.ts'
import type { Settings } from './settings.ts'

const COUNTED = {
  'hit-l1': 'hitL1',
  'hit-l2': 'hitL2',
  stale: 'stale',
  grace: 'grace',
  loaded: 'loaded',
  absent: 'absent',
  failed: 'failed',
} as const satisfies Record<ReadOutcome, keyof ReadCounters>

/** A record without the cache that it is about. */
type Own<R> = Omit<R, 'namespace' | 'cache'>

/** Tells who listens what one cache does. A record is built only if somebody does. */
export class Report {
  readonly #namespace: string
  readonly #cache: string
  readonly #clock: Clock

  constructor({ namespace, cache }: Pick<Settings, 'namespace' | 'cache'>, clock: Clock) {
    this.#namespace = namespace
    this.#cache = cache
    this.#clock = clock
  }

  /** A hit in L1, which who answers it has counted: as little work as a record can be. */
  hit({ name }: Family, key: string): void {
    const namespace = this.#namespace
    const cache = this.#cache
    readChannel.publish({ namespace, cache, key, family: name, outcome: 'hit-l1', ms: 0 })
  }

  /** How any other read ended: counted here, and nowhere else. */
  read({ name, reads }: Family, key: string, outcome: ReadOutcome, began: number): void {
    reads[COUNTED[outcome]]++
    if (readChannel.hasSubscribers) {
      const ms = outcome === 'hit-l1' ? 0 : this.#clock.now() - began
      readChannel.publish({
        namespace: this.#namespace,
        cache: this.#cache,
        key,
        family: name,
        outcome,
        ms,
      })
    }
  }

  load(
    { name }: Family,
    key: string,
    outcome: LoadRecord['outcome'],
    ms: number,
    error?: unknown,
  ): void {
    if (loadChannel.hasSubscribers) {
      loadChannel.publish({
        namespace: this.#namespace,
        cache: this.#cache,
        key,
        family: name,
        outcome,
        ms,
        error,
      })
    }
  }

  write(record: Own<WriteRecord>): void {
    this.#tell(writeChannel, record)
  }

  tier(record: Omit<Own<TierRecord>, 'tier'>): void {
    if (tierChannel.hasSubscribers) this.#tell(tierChannel, { tier: 'l2', ...record })
  }

  queue(record: Own<QueueRecord>): void {
    this.#tell(queueChannel, record)
  }

  bus(record: Own<BusRecord>): void {
    this.#tell(busChannel, record)
  }

  trip(record: Own<TripRecord>): void {
    this.#tell(tripChannel, record)
  }

  beat(record: Own<BeatRecord>): void {
    this.#tell(beatChannel, record)
  }

  #tell(channel: Channel, record: object): void {
    if (!channel.hasSubscribers) return
    channel.publish({ namespace: this.#namespace, cache: this.#cache, ...record })
  }
}
