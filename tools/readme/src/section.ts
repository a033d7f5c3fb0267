import { readFile, writeFile } from 'node:fs/promises'

/** What a section says, and what it should. */
export interface Section {
  readonly found: string
  readonly wanted: string
}

/**
 * The section of a page between `<!-- name -->` and `<!-- /name -->`, beside `content` that the code
 * makes. With TIERCEL_UPDATE=1 in the environment `content` is written there first. How tables are
 * padded is the formatter's business, and does not show in either.
 *
 * @throws when the page has no such section
 */
export async function section(page: string, name: string, content: string): Promise<Section> {
  const [start, end] = [`<!-- ${name} -->\n\n`, `\n\n<!-- /${name} -->`]
  const text = await readFile(page, 'utf8')
  const from = text.indexOf(start) + start.length
  const to = text.indexOf(end, from)
  if (from < start.length || to === -1) throw new Error(`${page} has no section ${name}`)
  if (process.env.TIERCEL_UPDATE !== '1')
    return { found: unpadded(text.slice(from, to)), wanted: unpadded(content) }
  await writeFile(page, text.slice(0, from) + content + text.slice(to))
  return { found: content, wanted: content }
}

/** A Markdown table. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return [head, head.map(() => '---'), ...rows].map(row).join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.trim().replaceAll('|', String.raw`\|`)).join(' | ')} |`
}

function unpadded(text: string): string {
  return text.replaceAll(/ *\| */g, '|').replaceAll(/-{2,}/g, '-')
}
