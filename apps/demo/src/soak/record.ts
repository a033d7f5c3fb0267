import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Result } from '../report/result.ts'
import type { Quantiles } from '../report/quantiles.ts'
import type { TopologyKind } from '../topology/topology.ts'

/** Where every run of the soak leaves a line. */
export const RESULTS: string = fileURLToPath(new URL('../../results/soak.jsonl', import.meta.url))

/** One run of the soak, as a line of the results. Durations are milliseconds, memory is megabytes. */
export interface SoakRecord {
  readonly date: string
  readonly version: string
  readonly node: string
  readonly redis: string | undefined
  readonly topology: TopologyKind
  readonly seed: number
  readonly bound: number
  readonly instances: number
  readonly seconds: number
  readonly isInterrupted: boolean
  readonly reads: number
  readonly answered: Readonly<Record<string, number>>
  readonly writes: Readonly<Record<string, number>>
  readonly kept: number
  readonly lost: number
  readonly faults: Readonly<Record<string, number>>
  readonly violations: Violations
  readonly stalest: number
  readonly propagation: Quantiles
  readonly ping: Quantiles
  readonly loop: Quantiles
  /** What was wrong in a run that failed, and has been fixed since: the run says nothing of the cache as it is. */
  readonly fixed?: string
  /** Absent in runs of before all processes were looked at. */
  readonly memory?: Result['memory']
}

/** What counts against the cache. */
export interface Violations {
  readonly beyond: number
  readonly own: number
  readonly hung: number
  readonly failed: number
  /** Answers still old, and invalidations that had not reached Redis, when all was over. */
  readonly behind: number
  readonly unconfirmed: number
}

/** What there is to remember of a run; nothing of the machine that it ran on. */
export function recordOf(result: Result, version: string): SoakRecord {
  const { options, tally, totals, settled } = result
  const { l1, l2, loaded, stale, grace } = totals
  return {
    date: new Date().toISOString(),
    version,
    node: process.version,
    redis: result.version,
    topology: options.topology,
    seed: options.seed,
    bound: options.bound,
    instances: options.instances,
    seconds: Math.round(result.seconds),
    isInterrupted: result.isInterrupted,
    reads: tally.reads,
    answered: { l1, l2, loaded, stale, grace },
    writes: tally.writes,
    kept: tally.kept,
    lost: tally.lost,
    faults: result.faults,
    violations: {
      beyond: tally.stale.beyond,
      own: tally.stale.own,
      hung: tally.hung,
      failed: tally.failed,
      behind: settled?.behind ?? 0,
      unconfirmed: settled?.unconfirmed ?? 0,
    },
    stalest: tally.stale.max,
    propagation: result.lag,
    ping: result.ping,
    loop: result.loop,
    memory: result.memory,
  }
}

export function append(record: SoakRecord): void {
  mkdirSync(dirname(RESULTS), { recursive: true })
  appendFileSync(RESULTS, `${JSON.stringify(record, rounded)}\n`)
}

/** Two digits behind the point are all that a clock can say here. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 100) / 100 : value
}
