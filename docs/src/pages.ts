import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import GithubSlugger from 'github-slugger'
import markdownIt from 'markdown-it'

/** The repository, with a slash at its end. */
export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url))

/** What is made, or fetched, and not written here. */
const NOT_OURS = new Set([
  'node_modules',
  'dist',
  'coverage',
  '.cache',
  '.turbo',
  '.git',
  '.site',
  '.readme',
])

/** Something on a page, and its line, from 1; of what stands in a paragraph the paragraph's first. */
export interface Found {
  readonly line: number
  readonly text: string
}

/** A Markdown file, as far as it is checked. */
export interface Page {
  /** From the root of the repository. */
  readonly path: string
  /** Targets of links and images. */
  readonly links: readonly Found[]
  /** What links may name behind `#`. */
  readonly anchors: ReadonlySet<string>
  /** `code` in prose, in tables and headings; fenced blocks are compiled instead. */
  readonly codes: readonly Found[]
  /** Fenced blocks. */
  readonly blocks: readonly Found[]
  /** Text that would be a link if what it refers to were defined. */
  readonly unresolved: readonly Found[]
}

/** Files of the repository whose names match, from its root. */
export function filesOf(pattern: string): string[] {
  return globSync(pattern, {
    cwd: ROOT,
    exclude: (path) => NOT_OURS.has(basename(path)),
  }).toSorted()
}

export function readPage(path: string): Page {
  return parsePage(path, readFileSync(ROOT + path, 'utf8'))
}

export function parsePage(path: string, markdown: string): Page {
  const links: Found[] = []
  const codes: Found[] = []
  const blocks: Found[] = []
  const unresolved: Found[] = []
  const anchors = new Set<string>()
  const slugger = new GithubSlugger()
  const tokens = markdownIt({ html: true, linkify: false }).parse(markdown, {})
  let line = 1
  for (const [index, token] of tokens.entries()) {
    // Cells of a table do not say where they are; their row does.
    if (token.map) line = token.map[0] + 1
    if (token.type === 'html_block') fromHtml(token.content)
    if (token.type === 'fence') blocks.push({ line, text: token.content })
    if (token.type !== 'inline') continue
    const children = token.children ?? []
    if (tokens[index - 1]?.type === 'heading_open') {
      const texts = children.filter(({ type }) => type === 'text' || type === 'code_inline')
      anchors.add(slugger.slug(texts.map(({ content }) => content).join('')))
    }
    let within = ''
    for (const child of children) {
      if (child.type === 'link_open') within = String(child.attrGet('href'))
      if (child.type === 'link_close') within = ''
      const target = child.attrGet('href') ?? child.attrGet('src')
      if (target !== null) links.push({ line, text: decodeURI(String(target)) })
      // [`worker`](examples/worker) says what the link says.
      if (child.type === 'code_inline' && !within.includes(child.content)) {
        codes.push({ line, text: child.content })
      }
      if (child.type === 'html_inline') fromHtml(child.content)
      if (child.type === 'text' && child.content.includes('][')) {
        unresolved.push({ line, text: child.content })
      }
    }
  }
  return { path, links, anchors, codes, blocks, unresolved }

  function fromHtml(html: string): void {
    if (html.startsWith('<!--')) return
    for (const [, name = '', value = ''] of html.matchAll(/\b(href|src|srcset|id)="([^"]*)"/g)) {
      if (name === 'id') anchors.add(value)
      else links.push({ line, text: value.split(' ')[0] ?? '' })
    }
  }
}
