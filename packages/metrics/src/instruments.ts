import { CALLS, type CallInstrument } from './instruments/calls.ts'
import { COHERENCE, type CoherenceInstrument } from './instruments/coherence.ts'
import { QUEUES, type QueueInstrument } from './instruments/queues.ts'
import { REDIS, type RedisInstrument } from './instruments/redis.ts'
import { TIERS, type TierInstrument } from './instruments/tiers.ts'
import type { Instrument } from './instruments/instrument.ts'

export type { Instrument } from './instruments/instrument.ts'

/** Names of the instruments: those of OpenTelemetry without `tiercel.`. */
export type InstrumentName =
  | CallInstrument
  | TierInstrument
  | CoherenceInstrument
  | QueueInstrument
  | RedisInstrument

/** All instruments, in the order of the README's table. */
export const INSTRUMENTS: Readonly<Record<InstrumentName, Instrument>> = {
  ...CALLS,
  ...TIERS,
  ...COHERENCE,
  ...QUEUES,
  ...REDIS,
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
