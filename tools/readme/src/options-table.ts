import { markdownTable } from './section.ts'

/** The doc comment, name and type of a member, up to the next member or the end. */
const MEMBER =
  /\/\*\*([\s\S]*?)\*\/\s*readonly (\w+)\??:\s*([\s\S]*?)(?=\s*\/\*\*|\n\s*readonly |\s*$)/g

/**
 * The options of interfaces as a Markdown table, from their source: each member's doc comment, and the
 * `@default` in it. Each interface comes with what is put before the names of its options.
 */
export function optionsTable(
  source: string,
  interfaces: readonly (readonly [string, string])[],
): string {
  const rows = interfaces.flatMap(([name, prefix]) =>
    [...bodyOf(source, name).matchAll(MEMBER)].map(([, comment = '', option, type = '']) => {
      const text = oneLine(comment.replaceAll(/^\s*\* ?/gm, ' '))
      const [meaning = '', fallback = ''] = text.split('@default')
      return [
        `\`${prefix}${option}\``,
        `\`${oneLine(type).replace(/^\| /, '')}\``,
        fallback,
        meaning,
      ]
    }),
  )
  return markdownTable(['option', 'type', 'default', ''], rows)
}

function bodyOf(source: string, name: string): string {
  const match = new RegExp(`interface ${name}(?: extends [\\w, ]+)? \\{([\\s\\S]*?)^\\}`, 'm').exec(
    source,
  )
  if (match === null) throw new Error(`there is no interface ${name}`)
  return match[1] ?? ''
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
