import type { CacheStats } from '@tiercel/core'

/** Counters of all instances together, those included that were killed. */
export interface Totals {
  readonly reads: number
  readonly l1: number
  readonly l2: number
  readonly loaded: number
  readonly stale: number
  readonly grace: number
  readonly loads: number
  readonly fillsRefused: number
  readonly gaps: number
  readonly rebases: number
  /** Subscriptions that were made anew since nothing came through them. */
  readonly resubscribed: number
  readonly healed: number
}

/** Adds up the last stats of every incarnation. */
export function totalsOf(all: Iterable<CacheStats>): Totals {
  const each = [...all]
  const sum = (of: (stats: CacheStats) => number): number =>
    each.reduce((total, stats) => total + of(stats), 0)
  return {
    reads: sum(({ reads }) => reads.total),
    l1: sum(({ l1 }) => l1.hits),
    l2: sum(({ l2 }) => l2.hits),
    loaded: sum(({ reads }) => reads.loaded),
    stale: sum(({ reads }) => reads.stale),
    grace: sum(({ reads }) => reads.grace),
    loads: sum(({ loads }) => loads.total),
    fillsRefused: sum(({ loads }) => loads.fillsRefused),
    gaps: sum(({ coherence }) => coherence.gaps),
    rebases: sum(({ coherence }) => coherence.rebases),
    resubscribed: sum(({ coherence }) => coherence.reconnects),
    healed: sum(({ coherence }) => coherence.healed),
  }
}
