import { count, ruleOfThree } from '../report/result.ts'
import { TOPOLOGIES, type TopologyKind } from '../topology/topology.ts'
import type { SoakRecord, Violations } from './record.ts'

const NAMES: Readonly<Record<TopologyKind, string>> = {
  standalone: 'one server',
  pair: 'primary and replica, fail-overs that lose writes',
  sentinel: 'Sentinel, fail-overs',
  cluster: 'Cluster 3 + 3, fail-overs and slot migrations',
}

/**
 * What all runs of the soak say together, as a Markdown table with a line for each way to run Redis, and a list
 * of those that failed and whose cause is fixed, which are not in the table.
 */
export function summary(all: readonly SoakRecord[]): string {
  const records = all.filter(({ fixed }) => fixed === undefined)
  const lines = [...byTopology(records), ['all', records] as const].map(([name, of]) =>
    row([name, ...cells(of)]),
  )
  return [
    '| Redis | runs | hours | reads | faults | reads beyond the bound | other violations | so at 95 % |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
    ...lines,
    ...repaired(all),
  ].join('\n')
}

function repaired(records: readonly SoakRecord[]): readonly string[] {
  const lines = records.flatMap(({ topology, seed, reads, violations, fixed }) => {
    if (fixed === undefined) return []
    const found = `${count(violations.beyond)} of ${count(reads)} reads`
    return `- ${NAMES[topology]}, seed ${seed}: ${found}. ${fixed}`
  })
  return lines.length === 0 ? [] : ['', 'Not counted are runs whose cause is fixed:', '', ...lines]
}

/** A line of a Markdown table. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** The runs of each way to run Redis, under its name. */
export function byTopology(records: readonly SoakRecord[]): [string, SoakRecord[]][] {
  return TOPOLOGIES.map((kind): [string, SoakRecord[]] => [
    NAMES[kind],
    records.filter(({ topology }) => topology === kind),
  ]).filter(([, of]) => of.length > 0)
}

function cells(records: readonly SoakRecord[]): string[] {
  const sum = (of: (record: SoakRecord) => number): number =>
    records.reduce((added, record) => added + of(record), 0)
  const reads = sum((record) => record.reads)
  const beyond = sum(({ violations }) => violations.beyond)
  return [
    count(records.length),
    (sum(({ seconds }) => seconds) / 3_600).toFixed(1),
    count(reads),
    count(sum(({ faults }) => total(faults))),
    count(beyond),
    count(sum(({ violations }) => total(violations)) - beyond),
    beyond === 0 ? ruleOfThree(reads).replace(', at 95 %', '') : '-',
  ]
}

function total(counts: Readonly<Record<string, number>> | Violations): number {
  return Object.values(counts).reduce((sum: number, one: number) => sum + one, 0)
}

/** The runs in the text of the results. */
export function recordsIn(text: string): SoakRecord[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as SoakRecord)
}
