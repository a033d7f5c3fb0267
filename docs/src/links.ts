import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { type Found, type Page, readPage, ROOT } from './pages.ts'

/** A link that leads nowhere. */
export interface DeadLink extends Found {
  readonly why: string
}

/** Whether a link leads out of the repository. */
export function isRemote(target: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(target)
}

/** The links of a page that lead nowhere. Those to the network are looked at, not followed. */
export function deadLinks(page: Page, pageAt: (path: string) => Page = readPage): DeadLink[] {
  const dead = page.links.flatMap((link) => {
    const why = isRemote(link.text) ? whyNoUrl(link.text) : whyDead(link.text)
    return why === undefined ? [] : [{ ...link, why }]
  })
  return [...dead, ...page.unresolved.map((found) => ({ ...found, why: 'refers to nothing' }))]

  function whyDead(target: string): string | undefined {
    const [file = '', anchor] = target.split('#')
    if (file.startsWith('/')) return 'begins with /, which is another place for each reader'
    const path = file === '' ? page.path : normalize(join(dirname(page.path), file))
    if (path.startsWith('..')) return 'leaves the repository'
    if (path !== page.path && !existsSync(ROOT + path)) return 'there is no such file'
    if (anchor === undefined) return undefined
    if (path.endsWith('.md')) {
      const { anchors } = path === page.path ? page : pageAt(path)
      return anchors.has(anchor) ? undefined : `there is no such heading in ${path}`
    }
    const last = Number(/^L(?:\d+-L)?(\d+)$/.exec(anchor)?.[1] ?? Infinity)
    const isLine = statSync(ROOT + path).isFile() && last <= linesOf(path)
    return isLine ? undefined : 'there is no such line'
  }
}

function whyNoUrl(target: string): string | undefined {
  if (target.startsWith('mailto:')) return undefined
  const url = URL.parse(target)
  if (url === null) return 'is no URL'
  return url.protocol === 'https:' ? undefined : 'is not https'
}

function linesOf(path: string): number {
  return readFileSync(ROOT + path, 'utf8').split('\n').length
}
