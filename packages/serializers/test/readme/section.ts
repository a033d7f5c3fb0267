import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'

const README = new URL('../../README.md', import.meta.url)

export function readmeText(): string {
  return readFileSync(README, 'utf8')
}

/**
 * Compares what stands between `<!-- name -->` and `<!-- /name -->` in the README with what the code
 * says. With UPDATE_README=1 in the environment it is written instead.
 */
export function checkSection(name: string, content: string): void {
  const [start, end] = [`<!-- ${name} -->\n\n`, `\n\n<!-- /${name} -->`]
  const text = readmeText()
  const from = text.indexOf(start) + start.length
  const to = text.indexOf(end, from)
  expect(Math.min(from - start.length, to), `no section ${name} in the README`).toBeGreaterThan(0)
  if (process.env['UPDATE_README'] === '1')
    writeFileSync(README, text.slice(0, from) + content + text.slice(to))
  else expect(withoutPadding(text.slice(from, to))).toBe(withoutPadding(content))
}

/** A Markdown table; how it is padded is the formatter's business. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return [head, head.map(() => '---'), ...rows].map(tableRow).join('\n')
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`
}

function withoutPadding(text: string): string {
  return text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---')
}
