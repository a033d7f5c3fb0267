import type { CacheStats } from '@tiercel/core'

/** One thing that is measured: what every exporter, the dashboard and the table of the README are made of. */
export interface Instrument {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** As OpenTelemetry writes units: `s`, `By`, `{read}`, `1`. */
  readonly unit: string
  /** Beside `namespace` and `cache`, which all have. */
  readonly labels: readonly string[]
  readonly help: string
  /** The name that OpenTelemetry's semantic conventions give it, if there is one. */
  readonly otel?: string
  /** Where it is one number of `cache.stats()`. */
  readonly stat?: (stats: CacheStats) => number
}

function count(help: string, unit: string, stat: (stats: CacheStats) => number): Instrument {
  return { type: 'counter', unit, labels: [], help, stat }
}

function level(help: string, unit: string, stat: (stats: CacheStats) => number): Instrument {
  return { type: 'gauge', unit, labels: [], help, stat }
}

/** Names of the instruments: those of OpenTelemetry without `tiercel.`. */
export type InstrumentName =
  | 'reads'
  | 'read.duration'
  | 'loads'
  | 'load.duration'
  | 'loads.underway'
  | 'loads.queued'
  | 'loads.refused'
  | 'lease.waits'
  | 'fills.refused'
  | 'fills.unstored'
  | 'refresh.errors'
  | 'refresh.dropped'
  | 'writes'
  | 'write.duration'
  | 'l1.entries'
  | 'l1.size'
  | 'l1.removed'
  | 'l2.trip.duration'
  | 'l2.errors'
  | 'l2.frame.errors'
  | 'l2.breaker.open'
  | 'codec.duration'
  | 'codec.size'
  | 'invalidations'
  | 'invalidation.lag'
  | 'bus.subscribed'
  | 'bus.messages'
  | 'bus.gaps'
  | 'bus.reconnects'
  | 'bus.errors'
  | 'rebases'
  | 'data.losses'
  | 'healed'
  | 'overtaken'
  | 'mutations.late'
  | 'update.conflicts'
  | 'bound.held'
  | 'confirmed.age'
  | 'outbox.length'
  | 'queue.events'
  | 'queue.depth'
  | 'queue.lag'
  | 'queue.dead.letters'
  | 'redis.memory.used'
  | 'redis.memory.limit'
  | 'redis.keyspace.hits'
  | 'redis.keyspace.misses'
  | 'redis.evicted'
  | 'redis.keys'
  | 'redis.size'
  | 'redis.findings'

/** All instruments. */
export const INSTRUMENTS: Readonly<Record<InstrumentName, Instrument>> = {
  reads: {
    type: 'counter',
    unit: '{read}',
    labels: ['family', 'outcome'],
    help: 'Reads by how they ended, one for each key: hit-l1, hit-l2, stale, grace, loaded, absent, failed',
  },
  'read.duration': {
    type: 'histogram',
    unit: 's',
    labels: ['family', 'outcome'],
    help: 'Time of reads that L1 did not answer at once; a hit in L1 takes none that can be measured',
  },
  loads: {
    type: 'counter',
    unit: '{load}',
    labels: ['family', 'outcome'],
    help: 'Runs of loaders by what became of the value: filled, refused, isolated, unstored, failed, timeout',
  },
  'load.duration': {
    type: 'histogram',
    unit: 's',
    labels: ['family', 'outcome'],
    help: 'Time of loaders',
  },
  'loads.underway': level('Loads under way', '{load}', (s) => s.loads.underway),
  'loads.queued': level(
    'Loads that wait for a place, since loads.maxConcurrent are under way',
    '{load}',
    (s) => s.loads.queued,
  ),
  'loads.refused': count(
    'Loads that were given no place: too many waited, or for too long',
    '{load}',
    (s) => s.loads.refused,
  ),
  'lease.waits': count(
    'Looks at what another instance was loading; several for one long wait',
    '{look}',
    (s) => s.loads.leaseWaits,
  ),
  'fills.refused': count(
    'Values that L2 refused: invalidated while they were loaded',
    '{fill}',
    (s) => s.loads.fillsRefused,
  ),
  'fills.unstored': count(
    'Values that could not be turned into bytes, or into too many',
    '{fill}',
    (s) => s.l2.unstored,
  ),
  'refresh.errors': count(
    'Refreshes in the background that failed',
    '{refresh}',
    (s) => s.loads.refreshErrors,
  ),
  'refresh.dropped': count(
    'Refreshes that were not begun, since too many were under way',
    '{refresh}',
    (s) => s.loads.refreshesDropped,
  ),
  writes: {
    type: 'counter',
    unit: '{call}',
    labels: ['operation', 'receipt'],
    help: 'Calls that change something, by how far the change got: replicated, everywhere, here',
  },
  'write.duration': {
    type: 'histogram',
    unit: 's',
    labels: ['operation'],
    help: 'Time of calls that change something',
  },
  'l1.entries': level('Entries in L1', '{entry}', (s) => s.l1.entries),
  'l1.size': level('Bytes in L1; 0 unless l1.maxBytes is set', 'By', (s) => s.l1.bytes),
  'l1.removed': {
    type: 'counter',
    unit: '{entry}',
    labels: ['reason'],
    help: 'Entries that left L1: entries, bytes (evicted for room), dropped (invalidated), replaced (the end of a ttl shows here)',
  },
  'l2.trip.duration': {
    type: 'histogram',
    unit: 's',
    labels: ['operation', 'outcome'],
    otel: 'db.client.operation.duration',
    help: 'Time of requests to L2, batches counted once: answered, failed',
  },
  'l2.errors': count(
    'Requests to L2 and its connections that failed',
    '{error}',
    (s) => s.l2.errors,
  ),
  'l2.frame.errors': count(
    'Stored bytes that could not be read',
    '{error}',
    (s) => s.l2.frameErrors,
  ),
  'l2.breaker.open': level(
    '1 while the breaker of any shard is open: nothing waits for Redis',
    '1',
    (s) => Number(s.l2.state === 'open'),
  ),
  'codec.duration': {
    type: 'histogram',
    unit: 's',
    labels: ['family', 'operation', 'outcome'],
    help: 'Time to turn values into bytes and back: encode, decode',
  },
  'codec.size': {
    type: 'histogram',
    unit: 'By',
    labels: ['family', 'operation'],
    help: 'Bytes of values as they are stored',
  },
  invalidations: {
    type: 'counter',
    unit: '{invalidation}',
    labels: ['origin'],
    help: 'Invalidations that were applied here, one for each message: here, peer',
  },
  'invalidation.lag': {
    type: 'histogram',
    unit: 's',
    labels: ['source'],
    help: 'sent: since a peer on this host sent it. beat: from asking Redis until all that it had counted was applied here, at least the round trip',
  },
  'bus.subscribed': level('1 while the messages of other instances arrive', '1', (s) =>
    Number(s.coherence.subscription !== 'lost'),
  ),
  'bus.messages': count('Messages of other instances', '{message}', (s) => s.coherence.messages),
  'bus.gaps': count('Times that messages were missing', '{gap}', (s) => s.coherence.gaps),
  'bus.reconnects': count(
    'Subscriptions that were deaf and were made anew',
    '{reconnect}',
    (s) => s.coherence.reconnects,
  ),
  'bus.errors': count('Errors of the subscription', '{error}', (s) => s.coherence.errors),
  rebases: count(
    'Other numberings that were followed: restarts, fail-overs, lost data',
    '{rebase}',
    (s) => s.coherence.rebases,
  ),
  'data.losses': count(
    'Servers that lacked more than could be sent again',
    '{loss}',
    (s) => s.coherence.dataLosses,
  ),
  healed: count(
    'Invalidations sent again after a fail-over',
    '{invalidation}',
    (s) => s.coherence.healed,
  ),
  overtaken: count(
    'Values that an invalidation overtook on their way to L1',
    '{value}',
    (s) => s.coherence.overtaken,
  ),
  'mutations.late': count(
    'Mutations that were not over when their intents were',
    '{mutation}',
    (s) => s.coherence.lateMutations,
  ),
  'update.conflicts': count(
    'Attempts to update a value that others had changed meanwhile',
    '{attempt}',
    (s) => s.coherence.updateConflicts,
  ),
  'bound.held': level(
    '1 while L1 is served without asking: nothing can have been missed for longer than the bound',
    '1',
    (s) => Number(s.coherence.isConfirmed),
  ),
  'confirmed.age': level(
    'Time since nothing had been missed, as far as is known; absent while nothing is known',
    's',
    (s) => s.coherence.confirmedAgo / 1_000,
  ),
  'outbox.length': level(
    'Invalidations that wait here for Redis to be back',
    '{invalidation}',
    (s) => s.coherence.outbox,
  ),
  'queue.events': {
    type: 'counter',
    unit: '{write}',
    labels: ['writer', 'event'],
    help: 'What became of writes behind the cache: written, retry, buried, lost, full, error',
  },
  'queue.depth': {
    type: 'gauge',
    unit: '{key}',
    labels: ['writer'],
    help: 'Keys that wait for the source of truth, in all shards, the same on every instance',
  },
  'queue.lag': {
    type: 'gauge',
    unit: 's',
    labels: ['writer'],
    help: 'How long the oldest of them has waited',
  },
  'queue.dead.letters': {
    type: 'gauge',
    unit: '{write}',
    labels: ['writer'],
    help: 'Writes that were given up',
  },
  'redis.memory.used': {
    type: 'gauge',
    unit: 'By',
    labels: ['server'],
    help: 'Memory that Redis uses',
  },
  'redis.memory.limit': {
    type: 'gauge',
    unit: 'By',
    labels: ['server'],
    help: 'Its maxmemory; absent where there is none',
  },
  'redis.keyspace.hits': {
    type: 'counter',
    unit: '{read}',
    labels: ['server'],
    help: 'Keys that Redis was asked for and had, by whomever',
  },
  'redis.keyspace.misses': {
    type: 'counter',
    unit: '{read}',
    labels: ['server'],
    help: 'Keys that Redis was asked for and had not',
  },
  'redis.evicted': {
    type: 'counter',
    unit: '{key}',
    labels: ['server'],
    help: 'Keys that Redis evicted',
  },
  'redis.keys': {
    type: 'gauge',
    unit: '{key}',
    labels: ['family'],
    help: 'Entries in Redis by family, estimated from a sample',
  },
  'redis.size': {
    type: 'gauge',
    unit: 'By',
    labels: ['family'],
    help: 'Memory of entries in Redis by family, estimated from a sample',
  },
  'redis.findings': {
    type: 'gauge',
    unit: '{finding}',
    labels: ['finding'],
    help: '1 for each thing that is wrong with how Redis is set up',
  },
}

/** Every instrument, with its name. */
export const ALL: readonly (readonly [InstrumentName, Instrument])[] = Object.entries(
  INSTRUMENTS,
) as [InstrumentName, Instrument][]

/** Whether a counter grows as records come, rather than being read off the cache. */
export function isStreamed(name: InstrumentName): boolean {
  return STREAMED.has(name)
}

const STREAMED: ReadonlySet<InstrumentName> = new Set<InstrumentName>([
  'loads',
  'writes',
  'invalidations',
  'queue.events',
])

/** Labels that every instrument has. */
export const COMMON_LABELS: readonly string[] = ['namespace', 'cache']

/** From 10 µs, a hit of a codec, to 10 s, a slow source. */
export const SECONDS: readonly number[] = [
  0.000_01, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1,
  0.25, 0.5, 1, 2.5, 5, 10,
]
/** From 64 B to 16 MiB. */
export const BYTES: readonly number[] = Array.from({ length: 10 }, (_, i) => 64 * 4 ** i)

/** Upper bounds of a histogram's buckets. */
export function bucketsOf({ unit }: Instrument): readonly number[] {
  return unit === 'By' ? BYTES : SECONDS
}

export function otelName(name: InstrumentName): string {
  return INSTRUMENTS[name].otel ?? `tiercel.${name}`
}

export function prometheusName(name: InstrumentName): string {
  const { unit, type } = INSTRUMENTS[name]
  const suffix = unit === 's' ? '_seconds' : unit === 'By' ? '_bytes' : ''
  return `tiercel_${name.replaceAll('.', '_')}${suffix}${type === 'counter' ? '_total' : ''}`
}
