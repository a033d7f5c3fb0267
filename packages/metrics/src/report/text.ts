import type { CacheReport } from './report.ts'

const HEAD = ['family', 'reads', 'hits', 'loads', 'load', 'value', 'failed']

/** A report for people. */
export function textOf({
  namespace,
  span,
  hitRatio,
  l1,
  families,
  recommendations,
}: CacheReport): string {
  const rows = families.map((one) => [
    one.family,
    String(one.total),
    percent(one.hitRatio),
    String(one.loads),
    `${one.meanLoad.toFixed(1)} ms`,
    `${Math.round(one.meanBytes)} B`,
    String(one.failed),
  ])
  const widths = HEAD.map((head, i) => {
    return Math.max(head.length, ...rows.map((row) => (row[i] as string).length))
  })
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
  const advice = recommendations.map(
    ({ family, option, advice: what, evidence }) =>
      `- ${family === undefined ? '' : `${family}: `}${option}: ${what} (${evidence})`,
  )
  return [
    `${namespace}, the last ${Math.round(span / 1_000)} s: ${percent(hitRatio)} hits; L1 has ${l1.entries} entries, ${l1.evictions} made room`,
    '',
    line(HEAD),
    ...rows.map(line),
    '',
    ...(advice.length === 0 ? ['Nothing to recommend.'] : advice),
    '',
  ].join('\n')
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`
}
