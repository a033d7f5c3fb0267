import { type Row, isMet } from './bench.ts'

const HEAD = ['', 'tiercel', 'raw', 'measured', 'target', '']

/** The rows as a Markdown table, which also reads well in a terminal. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cellsOf)]
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const printed = lines.map((line) => `| ${line.map((cell, i) => padded(cell, i)).join(' | ')} |`)
  const rule = `|${widths.map((width, i) => (isNumeric(i) ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`
  return [printed[0], rule, ...printed.slice(1)].join('\n')

  function padded(cell: string, column: number): string {
    const width = widths[column] as number
    return isNumeric(column) ? cell.padStart(width) : cell.padEnd(width)
  }
}

function isNumeric(column: number): boolean {
  return column > 0 && column < HEAD.length - 1
}

function cellsOf(row: Row): readonly string[] {
  const { what, ours, raw, measured, unit, target } = row
  const bound = target?.bound === 'most' ? '≤' : '≥'
  return [
    what,
    ours,
    raw,
    shown(measured, unit),
    target === undefined ? '' : `${bound} ${target.value} ${unit}`,
    verdict(row),
  ]
}

function shown(measured: number, unit: Row['unit']): string {
  return `${unit === 'x' ? measured.toFixed(2) : Math.round(measured)} ${unit}`
}

function verdict(row: Row): string {
  const met = isMet(row)
  if (met === undefined) return 'for comparison'
  return met ? 'pass' : 'MISS'
}
