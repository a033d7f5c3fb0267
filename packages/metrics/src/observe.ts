import { type Cache, ConfigError, type SourceWriter } from '@tiercel/core'
import { FamilyLabels } from './families.ts'
import type { InstrumentName } from './instruments.ts'
import { listen } from './listen.ts'
import type { RedisFindings } from './redis-monitor/index.ts'

/** What is observed of a cache. */
export type ObservedCache = Pick<Cache, 'id' | 'stats'>

/** What all exporters take. */
export interface ObserveOptions {
  /** Tells this cache from others of the process with the same namespace: the label `cache`. @default 'main' */
  readonly name?: string
  /** Most families with a label of their own; the others are counted together, as `(other)`. @default 100 */
  readonly maxFamilies?: number
  /** Writers behind the cache, whose queues are asked with each collection. */
  readonly writers?: readonly Pick<SourceWriter<never>, 'name' | 'stats'>[]
  /** A monitor of Redis, whose newest findings go along. */
  readonly redis?: { readonly findings: RedisFindings | undefined }
}

export type Labels = Readonly<Record<string, string>>

/** Where measurements go as they are made. */
export interface Sink {
  /** Adds to a counter. */
  add(name: InstrumentName, labels: Labels, value: number): void
  /** One value of a histogram. */
  record(name: InstrumentName, labels: Labels, value: number): void
}

/** A cache with the labels that all its measurements have. */
export interface Observed {
  readonly cache: ObservedCache
  readonly common: Labels
  readonly families: FamilyLabels
  readonly options: ObserveOptions
}

const MOST_FAMILIES = 10_000

/** @throws {ConfigError} naming the option that is wrong */
export function observed(cache: ObservedCache, options: ObserveOptions = {}): Observed {
  const { name = 'main', maxFamilies = 100 } = options
  if (typeof name !== 'string' || name === '') {
    throw new ConfigError(`name must be a text that is not empty (got ${typeof name})`)
  }
  if (!Number.isInteger(maxFamilies) || maxFamilies < 1 || maxFamilies > MOST_FAMILIES) {
    throw new ConfigError(
      `maxFamilies must be an integer from 1 to ${MOST_FAMILIES} (got ${String(maxFamilies)})`,
    )
  }
  const { namespace } = cache.stats()
  const families = new FamilyLabels(maxFamilies)
  return { cache, common: { namespace, cache: name }, families, options }
}

/** Brings what a cache reports to `sink`, from now on. @returns what ends it */
export function stream({ cache, common, families }: Observed, sink: Sink): () => void {
  return listen(cache, {
    read({ family, outcome, ms }) {
      sink.record('read.duration', { ...common, family: families.of(family), outcome }, ms / 1_000)
    },
    load({ family, outcome, ms }) {
      const labels = { ...common, family: families.of(family), outcome }
      sink.add('loads', labels, 1)
      sink.record('load.duration', labels, ms / 1_000)
    },
    write({ operation, receipt, ms }) {
      sink.add('writes', { ...common, operation, receipt }, 1)
      sink.record('write.duration', { ...common, operation }, ms / 1_000)
    },
    invalidation({ origin, lag }) {
      sink.add('invalidations', { ...common, origin }, 1)
      if (lag !== undefined && origin === 'peer') {
        sink.record('invalidation.lag', { ...common, source: 'sent' }, lag / 1_000)
      }
    },
    trip({ operation, outcome, ms }) {
      sink.record('l2.trip.duration', { ...common, operation, outcome }, ms / 1_000)
    },
    codec({ family, operation, outcome, bytes, ms }) {
      const labels = { ...common, family: families.of(family), operation }
      sink.record('codec.duration', { ...labels, outcome }, ms / 1_000)
      if (outcome === 'done') sink.record('codec.size', labels, bytes)
    },
    beat({ ms }) {
      sink.record('invalidation.lag', { ...common, source: 'beat' }, ms / 1_000)
    },
    queue({ writer, event, keys }) {
      sink.add('queue.events', { ...common, writer, event }, event === 'error' ? 1 : keys.length)
    },
  })
}
