import type { Tally } from '../checker/tally.ts'
import type { Options } from '../options.ts'
import type { LastingMemory, MemoryResult } from './memory.ts'
import type { Thirds } from './trend.ts'
import type { Quantiles } from './quantiles.ts'
import { type Result, count } from './result.ts'
import type { Totals } from './totals.ts'

/** The result as people read it. */
export function table(result: Result): string {
  const rows = rowsOf(result)
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
  const findings = result.tally.findings.map(
    ({ at, instance, what }) => `  at ${count(at)} ms, instance ${instance}: ${what}`,
  )
  return ['', ...lines, '', ...findings, result.verdict.sentence, ''].join('\n')
}

type Row = readonly [name: string, value: string]

function rowsOf({ options, redis, seconds, ...result }: Result): readonly Row[] {
  const { tally, totals, memory } = result
  const perSecond = count(tally.reads / seconds)
  return [
    ['instances', `${options.instances}, ${redis}, seed ${options.seed}`],
    ['reads', `${count(tally.reads)} in ${seconds.toFixed(1)} s, ${perSecond}/s`],
    ['answered by', tiersOf(totals)],
    ['loads', `${count(totals.loads)}, of them overtaken ${count(totals.fillsRefused)}`],
    ...writesOf(tally),
    ...calmOf(result),
    ...judgedOf(tally, options),
    ...faultsOf(result),
    ...memoryOf(memory),
  ]
}

function tiersOf({ reads, l1, l2, loaded, stale, grace }: Totals): string {
  const shares = { L1: l1, L2: l2, loads: loaded, stale, grace }
  return listed(Object.entries(shares).map(([name, part]) => [name, percent(part, reads)]))
}

function writesOf({ writes, kept, lost }: Tally): readonly Row[] {
  const suffix = lost > 0 ? `, ${lost} of them lost with a killed instance` : ''
  return [
    ['invalidations', listed(Object.entries(writes))],
    ['kept while Redis was away', `${kept}${suffix}`],
  ]
}

function calmOf({ lag, ping, loop }: Pick<Result, 'lag' | 'ping' | 'loop'>): readonly Row[] {
  return [
    ['invalidation, in the calm', shown(lag)],
    ['a bare message meanwhile', shown(ping)],
    ['timers late meanwhile', shown(loop)],
  ]
}

function memoryOf({ lasting, restarted }: MemoryResult): readonly Row[] {
  const rows = lasting.map((life): Row => [`memory of instance ${life.instance}`, lastingRow(life)])
  if (restarted !== undefined) {
    const { lives, age, inUse } = restarted
    const row = `${inMegabytes(inUse)} of the first, middle and last third of ${lives}`
    rows.push([`the others, ${age} s old`, row])
  }
  return rows.length > 0 ? rows : [['memory', 'not looked at for long enough']]
}

function lastingRow(life: LastingMemory): string {
  const { inUse, code, resident, minutes, perHour, error, isGrowing } = life
  const parts = [
    `${inMegabytes(inUse)} in the thirds of ${minutes.toFixed(1)} min`,
    `${perHour.toFixed(1)} ± ${error.toFixed(1)} MB an hour: ${isGrowing ? 'GROWING' : 'flat'}`,
    ...(code === undefined ? [] : [`compiled code ${inMegabytes(code)}`]),
    `resident ${inMegabytes(resident)}`,
  ]
  return parts.join('; ')
}

function inMegabytes(thirds: Thirds): string {
  return `${thirds.map((mb) => mb.toFixed(1)).join(' · ')} MB`
}

function judgedOf({ stale, hung, failed }: Tally, { bound }: Options): readonly Row[] {
  return [
    ['stale within the bound', `${count(stale.within)}, at most ${stale.max.toFixed(1)} ms`],
    [`stale beyond ${bound} ms`, count(stale.beyond)],
    ['own writes not read', count(stale.own)],
    ['errors', listed(Object.entries({ hung, failed }))],
  ]
}

function faultsOf({ totals, faults, recovery, settled }: Ended): readonly Row[] {
  const { resubscribed, gaps, rebases, healed } = totals
  const kinds = Object.entries(faults)
  const end =
    settled === undefined
      ? 'not looked at'
      : `${count(settled.current)} answers current, ${settled.behind} behind, ` +
        `${settled.unconfirmed} unconfirmed, after ${count(settled.ms)} ms`
  return [
    ['faults', kinds.length === 0 ? 'none' : listed(kinds)],
    ['recoveries', listed(Object.entries({ gaps, rebases, healed, resubscribed }))],
    ['well again after', recovery.count === 0 ? '-' : shown(recovery)],
    ['at the end', end],
  ]
}

type Ended = Pick<Result, 'totals' | 'faults' | 'recovery' | 'settled'>

function listed(entries: readonly (readonly [string, unknown])[]): string {
  return entries.map(([name, value]) => `${name} ${String(value)}`).join(' · ')
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(whole, 1)).toFixed(1)} %`
}

function shown({ p50, p99, max, count: measured }: Quantiles): string {
  const [middle, late, last] = [p50, p99, max].map((ms) => ms.toFixed(ms < 10 ? 2 : 0))
  return `p50 ${middle} · p99 ${late} · max ${last} ms (${count(measured)})`
}
