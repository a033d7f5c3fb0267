import type { Quantiles } from '../report/quantiles.ts'
import { count } from '../report/result.ts'
import { median } from '../report/trend.ts'
import type { SoakRecord } from './record.ts'
import { byTopology, row } from './summary.ts'

/** A machine has nothing else to do if 99 of 100 bare messages take no longer, in milliseconds. */
const QUIET = 5

/** How long invalidations took before the faults began, on quiet machines, as a Markdown table. */
export function propagationSummary(records: readonly SoakRecord[]): string {
  const quiet = records.filter(({ ping }) => ping.p99 < QUIET)
  const lines = byTopology(quiet).map(([name, of]) => {
    const measured = of.reduce((sum, { propagation }) => sum + propagation.count, 0)
    return row([
      name,
      count(of.length),
      count(measured),
      shown(of.map(({ propagation }) => propagation)),
      shown(of.map(({ ping }) => ping)),
    ])
  })
  return [
    '| Redis | runs | invalidations | ms to the others: p50 · p99 | a bare message meanwhile |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n')
}

/** The medians of the runs. */
function shown(runs: readonly Quantiles[]): string {
  const [p50, p99] = [median(runs.map((run) => run.p50)), median(runs.map((run) => run.p99))]
  return `${p50.toFixed(2)} · ${p99.toFixed(2)}`
}
