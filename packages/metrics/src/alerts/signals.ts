import type { CacheStats, WriterStats } from '@tiercel/core'
import { type InstrumentName, SECONDS, prometheusName } from '../instruments.ts'
import type { RedisFindings } from '../redis-monitor/index.ts'

/** What is known at one instant. */
export interface Snapshot {
  /** Seconds of a monotonic clock. */
  readonly at: number
  readonly stats: CacheStats
  /** Beats by how long they took: one count for each of `SECONDS`, and one for all beyond. */
  readonly beats: readonly number[]
  readonly redis: RedisFindings | undefined
  /** Of writers, by their names; absent: it did not answer. */
  readonly queues: ReadonlyMap<string, WriterStats>
}

export type SignalName =
  | 'hitRatio'
  | 'errorRatio'
  | 'loadErrorRatio'
  | 'disconnected'
  | 'boundNotHeld'
  | 'lag'
  | 'outbox'
  | 'memory'
  | 'queueLag'
  | 'queueDepth'
  | 'deadLetters'

/** One number that is watched, here and by Prometheus. */
interface Signal {
  /** Its value between two instants; `undefined` where fewer than `minimum` tell of it. */
  readonly read: (
    from: Snapshot,
    to: Snapshot,
    minimum: number,
    writer: string,
  ) => number | undefined
  /** Each writer has its own, which all instances share. */
  readonly isOfWriter?: boolean
  /** The same as an expression, of which `minimum` is a condition of its own if there is one. */
  readonly promql: (window: string) => string
  /** How many there were in the window, as an expression. */
  readonly count?: (window: string) => string
  readonly uses: readonly InstrumentName[]
}

const BY = 'sum by (namespace, cache, instance)'
const rate = (name: InstrumentName, window: string, matching = ''): string =>
  `${BY} (rate(${prometheusName(name)}${matching}[${window}]))`
const increase = (name: InstrumentName, window: string, suffix = ''): string =>
  `${BY} (increase(${prometheusName(name)}${suffix}[${window}]))`

function ofQueue(name: InstrumentName, read: (stats: WriterStats) => number): Signal {
  return {
    isOfWriter: true,
    read: (_, { queues }, __, writer) => {
      const stats = queues.get(writer)
      return stats && read(stats)
    },
    promql: () => `max by (namespace, cache, writer) (${prometheusName(name)})`,
    uses: [name],
  }
}

export const SIGNALS: Readonly<Record<SignalName, Signal>> = {
  hitRatio: {
    read: (from, to, minimum) =>
      ratio(hitsOf(to) - hitsOf(from), to.stats.reads.total - from.stats.reads.total, minimum),
    promql: (window) =>
      `${rate('reads', window, '{outcome=~"hit-l1|hit-l2|stale"}')} / ${rate('reads', window)}`,
    count: (window) => increase('reads', window),
    uses: ['reads'],
  },
  errorRatio: {
    read: (from, to, minimum) =>
      ratio(
        to.stats.reads.failed - from.stats.reads.failed,
        to.stats.reads.total - from.stats.reads.total,
        minimum,
      ),
    promql: (window) => `${rate('reads', window, '{outcome="failed"}')} / ${rate('reads', window)}`,
    count: (window) => increase('reads', window),
    uses: ['reads'],
  },
  loadErrorRatio: {
    read: (from, to, minimum) =>
      ratio(
        failedLoadsOf(to) - failedLoadsOf(from),
        to.stats.loads.total - from.stats.loads.total,
        minimum,
      ),
    promql: (window) =>
      `${rate('loads', window, '{outcome=~"failed|timeout"}')} / ${rate('loads', window)}`,
    count: (window) => increase('loads', window),
    uses: ['loads'],
  },
  disconnected: {
    read: (_, { stats }) =>
      Number(stats.l2.state === 'open' || stats.coherence.subscription === 'lost'),
    promql: () =>
      `clamp_max(${prometheusName('l2.breaker.open')} + (1 - ${prometheusName('bus.subscribed')}), 1)`,
    uses: ['l2.breaker.open', 'bus.subscribed'],
  },
  boundNotHeld: {
    read: (_, { stats }) => Number(!stats.coherence.isConfirmed),
    promql: () => `1 - ${prometheusName('bound.held')}`,
    uses: ['bound.held'],
  },
  lag: {
    read: (from, to, minimum) =>
      quantile(
        to.beats.map((count, i) => count - (from.beats[i] ?? 0)),
        0.99,
        minimum,
      ),
    promql: (window) =>
      `histogram_quantile(0.99, sum by (namespace, cache, instance, le) (rate(${prometheusName('invalidation.lag')}_bucket{source="beat"}[${window}])))`,
    count: (window) => increase('invalidation.lag', window, '_count{source="beat"}'),
    uses: ['invalidation.lag'],
  },
  outbox: {
    read: (_, { stats }) => stats.coherence.outbox,
    promql: () => prometheusName('outbox.length'),
    uses: ['outbox.length'],
  },
  memory: {
    read: (_, { redis }) => {
      const shares = (redis?.servers ?? [])
        .filter(({ memoryLimit }) => memoryLimit > 0)
        .map(({ memoryUsed, memoryLimit }) => memoryUsed / memoryLimit)
      return shares.length === 0 ? undefined : Math.max(...shares)
    },
    promql: () =>
      `${prometheusName('redis.memory.used')} / ${prometheusName('redis.memory.limit')}`,
    uses: ['redis.memory.used', 'redis.memory.limit'],
  },
  queueLag: ofQueue('queue.lag', ({ lag }) => lag / 1_000),
  queueDepth: ofQueue('queue.depth', ({ depth }) => depth),
  deadLetters: ofQueue('queue.dead.letters', ({ deadLetters }) => deadLetters),
}

function hitsOf({ stats }: Snapshot): number {
  return stats.l1.hits + stats.l2.hits + stats.reads.stale
}

function failedLoadsOf({ stats }: Snapshot): number {
  return stats.loads.errors + stats.loads.timeouts
}

function ratio(part: number, all: number, minimum: number): number | undefined {
  return all === 0 || all < minimum ? undefined : part / all
}

/** The value below which `q` of all are, as Prometheus reckons it: evenly spread in each bucket. */
function quantile(counts: readonly number[], q: number, minimum: number): number | undefined {
  const all = counts.reduce((sum, count) => sum + count, 0)
  if (all === 0 || all < minimum) return undefined
  let left = q * all
  for (const [i, count] of counts.entries()) {
    const bound = SECONDS[i]
    const below = SECONDS[i - 1] ?? 0
    if (bound === undefined) return below
    if (left <= count) return below + (bound - below) * (left / count)
    left -= count
  }
  return SECONDS.at(-1)
}

/** The index in `beats` of one that took `seconds`. */
export function bucketOf(seconds: number): number {
  const index = SECONDS.findIndex((bound) => seconds <= bound)
  return index === -1 ? SECONDS.length : index
}
