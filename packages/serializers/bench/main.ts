/**
 * Two tables, as Markdown, of ratios only: each codec over the library it wraps, and over JSON. What
 * is compared runs side by side in one process; the median of several processes counts, because one
 * may happen to optimize differently from the next.
 *
 *   pnpm bench
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Line, Tables } from './measure.ts'

const PROCESSES = 5

const runs: Tables[] = []
while (runs.length < PROCESSES) {
  const [tables] = await once(fork(new URL('measure.ts', import.meta.url)), 'message')
  runs.push(tables)
}

print(
  ['codec', 'over', 'payload', 'encode', 'decode'],
  runs.map(({ overLibrary }) => overLibrary),
)
console.log()
print(
  ['payload', 'codec', 'bytes', 'encode', 'decode'],
  runs.map(({ overJson }) => overJson),
)

function print(head: readonly string[], tables: readonly (readonly Line[])[]): void {
  const [first = []] = tables
  printRow(head)
  printRow(head.map(() => '---'))
  for (const [row, { labels, ratios }] of first.entries())
    printRow([
      ...labels,
      ...ratios.map((_, column) =>
        median(tables.map((table) => table[row]!.ratios[column]!)).toFixed(2),
      ),
    ])
}

function printRow(cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
