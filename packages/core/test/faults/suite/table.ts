import type { Report } from './run.ts'
import { brokenPromises } from './verdict.ts'

const HEAD = [
  'fault',
  'reads',
  'writes (kept)',
  'stale, at most',
  'beyond B',
  'noticed after, by',
  'well after',
  'dropped needlessly',
  'loads (extra)',
  'longest read',
]

/** The reports as a table in Markdown, one section for each kind of Redis. */
export function table(reports: readonly Report[]): string {
  const grounds = [...new Set(reports.map(({ fault }) => fault.on))]
  return grounds
    .map((ground) => {
      const rows = reports.filter(({ fault }) => fault.on === ground).map(rowOf)
      return [`### On ${ground}`, '', ...aligned([HEAD, ...rows]), ''].join('\n')
    })
    .join('\n')
}

function rowOf(report: Report): readonly string[] {
  const { noticed, counts } = report
  const kept = report.kept === 0 ? '' : ` (${count(report.kept)})`
  const isOk = brokenPromises(report).length === 0
  return [
    `${report.fault.name}${isOk ? '' : ' — BROKEN'}`,
    count(report.reads),
    `${count(report.writes + report.kept)}${kept}`,
    report.stale === 0 ? '0' : `${count(report.stale)}, ${ms(report.maxStaleness)}`,
    count(report.beyond),
    noticed === undefined ? '—' : `${ms(noticed.ms)}, ${noticed.by}`,
    report.wellAfter <= 0 ? '0 ms' : ms(report.wellAfter),
    count(counts.falseDrops),
    `${count(report.loads)} (${count(report.extraLoads)})`,
    ms(counts.longest),
  ]
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEAD.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)]
}

function ms(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${count(Math.round(value))} ms`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
