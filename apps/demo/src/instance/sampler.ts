import {
  type BusRecord,
  CHANNELS,
  type CacheStats,
  type InvalidationRecord,
  type WriteRecord,
} from '@tiercel/core'
import { subscribe } from 'node:diagnostics_channel'
import { performance } from 'node:perf_hooks'

/** What was invalidated, as both sides name it, and when by the host's clock, in milliseconds. */
export interface Instant {
  readonly what: string
  readonly at: number
}

/** An invalidation that was called for. One that was kept reaches the others whenever Redis is back. */
export interface Call extends Instant {
  readonly isKept: boolean
}

/** What an instance tells of itself, again and again. */
export interface Sample {
  readonly type: 'sample'
  readonly stats: CacheStats
  /** Invalidations that were called for here since the last sample. */
  readonly called: readonly Call[]
  /** Invalidations of peers that were applied here since the last sample. */
  readonly applied: readonly Instant[]
  /** When all that went before was dropped at once, since another numbering is followed. */
  readonly rebased: readonly number[]
}

/** Listens on the cache's diagnostics channels from now on; gives a function that takes a sample. */
export function sampler(stats: () => CacheStats): () => Sample {
  let called: Call[] = []
  let applied: Instant[] = []
  let rebased: number[] = []
  subscribe(CHANNELS.write, (message) => {
    const { keys, tags, operation, receipt, ms } = message as WriteRecord
    const at = hostNow() - ms
    const isKept = receipt === 'here'
    for (const what of named(keys, tags, operation === 'clear')) called.push({ what, at, isKept })
  })
  subscribe(CHANNELS.invalidation, (message) => {
    const { origin, keys, tags, clear } = message as InvalidationRecord
    if (origin !== 'peer') return
    const at = hostNow()
    for (const what of named(keys, tags, clear)) applied.push({ what, at })
  })
  subscribe(CHANNELS.bus, (message) => {
    if ((message as BusRecord).state === 'rebased') rebased.push(hostNow())
  })
  return () => {
    const sample = { type: 'sample', stats: stats(), called, applied, rebased } as const
    called = []
    applied = []
    rebased = []
    return sample
  }
}

/** A clock that all processes of this host share, finer than the wall clock's milliseconds. */
export function hostNow(): number {
  return performance.timeOrigin + performance.now()
}

function named(keys: readonly string[], tags: readonly string[], clear: boolean): string[] {
  const names = [...keys.map((key) => `key ${key}`), ...tags.map((tag) => `tag ${tag}`)]
  return clear ? [...names, 'all'] : names
}
