import {
  type BusRecord,
  type LoadRecord,
  type QueueRecord,
  type ReadOutcome,
  type TierRecord,
  type WriteRecord,
  busChannel,
  loadChannel,
  queueChannel,
  readChannel,
  tierChannel,
  writeChannel,
} from './channels.ts'
import type { Clock } from './clock.ts'
import type { ReadCounters } from './counters.ts'
import type { Family } from './family.ts'

const COUNTED = {
  'hit-l1': 'hitL1',
  'hit-l2': 'hitL2',
  stale: 'stale',
  grace: 'grace',
  loaded: 'loaded',
  absent: 'absent',
  failed: 'failed',
} as const satisfies Record<ReadOutcome, keyof ReadCounters>

/** Tells who listens what one cache does. A record is built only if somebody does. */
export class Report {
  readonly #namespace: string
  readonly #clock: Clock

  constructor(namespace: string, clock: Clock) {
    this.#namespace = namespace
    this.#clock = clock
  }

  /** How a read ended: counted here, and nowhere else. */
  read({ name, reads }: Family, key: string, outcome: ReadOutcome, began: number): void {
    reads[COUNTED[outcome]]++
    if (readChannel.hasSubscribers) {
      const ms = this.#clock.now() - began
      readChannel.publish({ namespace: this.#namespace, key, family: name, outcome, ms })
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
      loadChannel.publish({ namespace: this.#namespace, key, family: name, outcome, ms, error })
    }
  }

  write(record: Omit<WriteRecord, 'namespace'>): void {
    if (writeChannel.hasSubscribers) {
      writeChannel.publish({ namespace: this.#namespace, ...record })
    }
  }

  tier(record: Omit<TierRecord, 'namespace' | 'tier'>): void {
    if (tierChannel.hasSubscribers) {
      tierChannel.publish({ namespace: this.#namespace, tier: 'l2', ...record })
    }
  }

  queue(record: Omit<QueueRecord, 'namespace'>): void {
    if (queueChannel.hasSubscribers) {
      queueChannel.publish({ namespace: this.#namespace, ...record })
    }
  }

  bus(record: Omit<BusRecord, 'namespace'>): void {
    if (busChannel.hasSubscribers) busChannel.publish({ namespace: this.#namespace, ...record })
  }
}
