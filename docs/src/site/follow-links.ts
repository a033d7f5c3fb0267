import type { MarkdownRenderer } from 'vitepress'
import type { Links } from './sitemap.ts'

/** Makes links between files of the repository lead to their pages on the site; those to folders become text. */
export function followLinks(md: MarkdownRenderer, links: Links): void {
  md.core.ruler.push(
    'follow-links',
    ({ tokens, env }: { tokens: Token[]; env: { relativePath?: string } }) => {
      for (const { children } of tokens) {
        for (const [index, token] of (children ?? []).entries()) {
          const name = token.type === 'image' ? 'src' : 'href'
          const target = token.attrGet(name)
          if (target === null) continue
          const way = links.rewritten(env.relativePath ?? '', decodeURI(target))
          if (way !== undefined) token.attrSet(name, way)
          else unlink(children ?? [], index)
        }
      }
    },
  )
}

type Token = ReturnType<MarkdownRenderer['parse']>[number]

function unlink(tokens: Token[], index: number): void {
  const closing = tokens.slice(index).find(({ type }) => type === 'link_close')
  for (const token of [tokens[index], closing])
    if (token !== undefined) [token.tag, token.attrs] = ['span', null]
}
