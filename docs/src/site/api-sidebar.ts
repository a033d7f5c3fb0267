import { globSync } from 'node:fs'
import { basename } from 'node:path/posix'
import type { DefaultTheme } from 'vitepress'
import type { Package } from '../packages.ts'
import { STAGE } from './stage.ts'

/** For each that can be imported: its names, and the others. */
export function apiSidebars(packages: readonly Package[]): DefaultTheme.SidebarMulti {
  const specifiers = packages.flatMap(({ name, entries }) =>
    Array.from(entries.keys(), (entry) => name + entry.slice(1)),
  )
  const closed = specifiers.map((text) => ({ text, link: `/api/${text}/` }))
  const opened = closed.map((item) => [
    item.link,
    closed.map((other) => (other === item ? { ...item, items: namesOf(item.text) } : other)),
  ])
  return { ...Object.fromEntries(opened), '/api/': closed }
}

function namesOf(specifier: string): DefaultTheme.SidebarItem[] {
  const cwd = `${STAGE}/api/${specifier}`
  return globSync('{classes,functions,interfaces,type-aliases,variables}/*.md', { cwd })
    .map((page) => ({
      text: basename(page, '.md'),
      link: `/api/${specifier}/${page.replace(/\.md$/, '')}`,
    }))
    .toSorted((a, b) => a.text.localeCompare(b.text))
}
