import { ReadCounters } from './counters.ts'
import type { Engine } from './engine.ts'
import type { Family } from './families/family.ts'
import type { Removed } from './tiers.ts'

/** Counters since the cache was made, and the state now. Durations are milliseconds. */
export interface CacheStats {
  /** With the environment before it. */
  readonly namespace: string
  readonly l1: {
    readonly hits: number
    readonly entries: number
    /** 0 unless `l1.maxBytes` is set. */
    readonly bytes: number
    readonly evictions: number
    /** Entries that left L1, by why; the first two are the evictions. */
    readonly removed: Readonly<Removed>
  }
  readonly l2: {
    readonly hits: number
    readonly errors: number
    /** `'none'` without Redis; `'open'`: the breaker is open, and nothing waits for Redis. */
    readonly state: 'none' | 'closed' | 'open'
    /** Stored bytes that could not be read, or values that could not be stored. */
    readonly frameErrors: number
    readonly unstored: number
  }
  readonly reads: {
    readonly total: number
    readonly stale: number
    readonly grace: number
    readonly loaded: number
    readonly absent: number
    readonly failed: number
  }
  readonly loads: {
    readonly total: number
    readonly errors: number
    readonly timeouts: number
    /** Looks at what another instance was loading; several for one long wait. */
    readonly leaseWaits: number
    /** Sliding lives that were prolonged. */
    readonly extended: number
    readonly fillsRefused: number
    /** Not sent to L2, since too many were under way. */
    readonly fillsDropped: number
    /** Loads that wait for a place; and those that were given none. */
    readonly queued: number
    readonly refused: number
    readonly underway: number
    readonly refreshErrors: number
    readonly refreshesDropped: number
  }
  readonly coherence: {
    /** Whether L1 is served without asking: this process knows that it missed nothing. */
    readonly isConfirmed: boolean
    /** How old that knowledge is; `Infinity` if there is none. */
    readonly confirmedAgo: number
    /** Whether messages of the other instances arrive; `'none'` without Redis. */
    readonly subscription: 'none' | 'subscribed' | 'lost'
    readonly messages: number
    readonly gaps: number
    readonly rebases: number
    readonly reconnects: number
    readonly healed: number
    /** Servers that took over and lacked more than could be sent again. */
    readonly dataLosses: number
    /** Mutations that were not over when their intents were. */
    readonly lateMutations: number
    readonly overtaken: number
    /** Attempts of `update` that were repeated, since others had changed the value meanwhile. */
    readonly updateConflicts: number
    /** Invalidations that wait here for Redis to be back. */
    readonly outbox: number
    /** Those that waited still when the cache was closed: Redis never heard of them. */
    readonly outboxDropped: number
    readonly errors: number
  }
  /** Reads by family: first the keys of none, then the templates, each with the namespace before it. */
  readonly families: readonly NamedFamilyStats[]
}

/** The counters of `engine`, and what can be read off its shards. */
export function statsOf({ context, l1, shards, isSubscribed }: Engine): CacheStats {
  const { counters: c, clock } = context
  const r = summed(context.families)
  const now = clock.now()
  const trustUntil = Math.min(...shards.map(({ view }) => view.trustUntil))
  const isOpen = shards.some(({ shared }) => shared?.l2.isOpen === true)
  const isAlone = shards[0]?.shared === undefined
  return {
    namespace: context.settings.namespace,
    l1: {
      hits: r.hitL1,
      entries: l1.entries,
      bytes: l1.bytes,
      evictions: l1.evictions,
      removed: { ...l1.removed },
    },
    l2: {
      hits: r.hitL2,
      errors: c.tierErrors,
      state: isAlone ? 'none' : isOpen ? 'open' : 'closed',
      frameErrors: c.frameErrors,
      unstored: c.unstored,
    },
    reads: {
      total: totalOf(r),
      stale: r.stale,
      grace: r.grace,
      loaded: r.loaded,
      absent: r.absent,
      failed: r.failed,
    },
    loads: {
      total: c.loads,
      errors: c.loadErrors,
      timeouts: c.loadTimeouts,
      leaseWaits: c.leaseWaits,
      extended: c.extended,
      fillsRefused: c.fillsRefused,
      fillsDropped: c.fillsDropped,
      queued: context.places.waiting,
      refused: c.loadsRefused,
      underway: shards.reduce((sum, { loads }) => sum + loads.size, 0),
      refreshErrors: c.refreshErrors,
      refreshesDropped: c.refreshesDropped,
    },
    coherence: {
      isConfirmed: isAlone || now <= trustUntil,
      confirmedAgo: isAlone ? 0 : now - (trustUntil - context.settings.maxStaleness),
      subscription: isAlone ? 'none' : isSubscribed ? 'subscribed' : 'lost',
      messages: c.messages,
      gaps: c.gaps,
      rebases: c.rebases,
      reconnects: c.reconnects,
      healed: c.healed,
      dataLosses: c.dataLosses,
      lateMutations: c.lateMutations,
      overtaken: c.overtaken,
      updateConflicts: c.updateConflicts,
      outbox: shards.reduce((sum, { originator }) => sum + originator.kept, 0),
      outboxDropped: c.outboxDropped,
      errors: c.busErrors,
    },
    families: context.families.map((family) => ({ name: family.name, ...familyStatsOf(family) })),
  }
}

/** How the reads of one family ended, in this process. */
export interface FamilyStats {
  readonly total: number
  readonly hitL1: number
  readonly hitL2: number
  readonly stale: number
  readonly grace: number
  readonly loaded: number
  readonly absent: number
  readonly failed: number
}

/** The same with the family's template; absent for keys of none. */
export interface NamedFamilyStats extends FamilyStats {
  readonly name: string | undefined
}

export function familyStatsOf({ reads }: Family): FamilyStats {
  return { total: totalOf(reads), ...(reads as Omit<FamilyStats, 'total'>) }
}

function summed(families: readonly Family[]): ReadCounters {
  const sum = new ReadCounters()
  const outcomes = Object.keys(sum) as (keyof ReadCounters)[]
  for (const { reads } of families) for (const outcome of outcomes) sum[outcome] += reads[outcome]
  return sum
}

function totalOf(reads: ReadCounters): number {
  return Object.values(reads).reduce((sum, count) => sum + count, 0)
}
