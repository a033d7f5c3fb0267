import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const APT = '/etc/apt'

/** A file of apt's, and what is to be in it. */
export interface SourcesFile {
  readonly name: string
  readonly text: string
}

/**
 * The archives that this system's apt is set up with, in another release of Debian, such as `trixie`.
 *
 * @throws Error when there is none that could have it
 */
export function sourcesOf(release: string): readonly SourcesFile[] {
  const current = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
  const parts = join(APT, 'sources.list.d')
  const paths = [
    join(APT, 'sources.list'),
    ...(existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : []),
  ].filter((path) => /\.(list|sources)$/.test(path) && existsSync(path))
  const files = paths.flatMap((path): SourcesFile[] => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const text = inRelease(name, readFileSync(path, 'utf8'), current ?? '', release)
    return text === '' ? [] : [{ name, text }]
  })
  if (files.length > 0) return files
  throw new Error(`the sources of apt name no archive of ${current} that could have ${release}`)
}

/** What a file of sources says about the archives of `from` with a `main`, said about `to`. */
export function inRelease(name: string, text: string, from: string, to: string): string {
  const renamed = (suites: string): string =>
    suites
      .split(/\s+/)
      .filter((suite) => new RegExp(`^${from}(-updates|-security)?$`).test(suite))
      .map((suite) => to + suite.slice(from.length))
      .join(' ')
  return name.endsWith('.list') ? ofLines(text, renamed) : ofStanzas(text, renamed)
}

/** One line each: `deb [options] uri suite component …` */
function ofLines(text: string, renamed: (suites: string) => string): string {
  const lines = [...text.matchAll(/^deb\s+((?:\[.*?\]\s+)?\S+)\s+(\S+)\s+(.*\bmain\b.*)$/gm)]
  return lines
    .flatMap(([, where, suite = '', components]) => {
      const other = renamed(suite)
      return other === '' ? [] : [`deb ${where} ${other} ${components}\n`]
    })
    .join('')
}

/** Fields, a stanza each; comments may stand between. */
function ofStanzas(text: string, renamed: (suites: string) => string): string {
  const stanzas = text.replaceAll(/^#.*\n/gm, '').split(/\n{2,}/)
  return stanzas
    .flatMap((stanza) => {
      const has = (field: RegExp): boolean => field.test(stanza)
      const isMeant = has(/^Types:.*\bdeb(\s|$)/m) && has(/^Components:.*\bmain\b/m)
      const suites = renamed(/^Suites:(.*)$/m.exec(stanza)?.[1]?.trim() ?? '')
      if (!isMeant || suites === '' || has(/^Enabled:\s*no/m)) return []
      return [`${stanza.trim().replace(/^Suites:.*$/m, `Suites: ${suites}`)}\n`]
    })
    .join('\n')
}
