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

/** A counter that is one number of the stats. */
export function count(help: string, unit: string, stat: (stats: CacheStats) => number): Instrument {
  return { type: 'counter', unit, labels: [], help, stat }
}

/** A gauge that is one number of the stats. */
export function level(help: string, unit: string, stat: (stats: CacheStats) => number): Instrument {
  return { type: 'gauge', unit, labels: [], help, stat }
}
