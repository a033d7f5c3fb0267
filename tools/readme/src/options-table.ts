/**
 * The options of an interface as a Markdown table, from its source: each member's doc comment, and the
 * `@default` in it.
 */
export function optionsTable(
  source: string,
  interfaces: readonly (readonly [string, string])[],
): string {
  const rows = interfaces.flatMap(([name, prefix]) =>
    [...bodyOf(source, name).matchAll(/\/\*\*([\s\S]*?)\*\/\s*readonly (\w+)\??: ([^\n]+)/g)].map(
      ([, comment = '', option, type]) => {
        const text = comment
          .replaceAll(/^\s*\* ?/gm, ' ')
          .replaceAll(/\s+/g, ' ')
          .trim()
        const [meaning = '', fallback = ''] = text.split('@default')
        return `| \`${prefix}${option}\` | ${cell(`\`${type}\``)} | ${cell(fallback)} | ${cell(meaning)} |`
      },
    ),
  )
  return ['| option | type | default | |', '|---|---|---|---|', ...rows].join('\n')
}

function bodyOf(source: string, name: string): string {
  const match = new RegExp(`interface ${name}(?: extends [\\w, ]+)? \\{([\\s\\S]*?)^\\}`, 'm').exec(
    source,
  )
  if (match === null) throw new Error(`there is no interface ${name}`)
  return match[1] ?? ''
}

function cell(text: string): string {
  return text.trim().replaceAll('|', '\\|')
}
