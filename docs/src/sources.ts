import { readFileSync } from 'node:fs'
import { filesOf, type Found, type Page, ROOT } from './pages.ts'
import { claimsOf } from './prose.ts'

/** What pages for those who change the code may name: any word of the sources, and any file. */
export interface Sources {
  readonly words: ReadonlySet<string>
  /** From the root of the repository, with a slash before and, of folders, behind. */
  readonly paths: readonly string[]
}

const CODE = /\.(?:ts|mjs|json|ya?ml|pml|lua)$/
const PATH = /^[\w.-]*[\w*.-]+(?:\/[\w*.-]+)*(?:\.(?:ts|mjs|md|json|ya?ml|pml)|\/)$/

export function sourcesOfAll(): Sources {
  const paths = filesOf('{**,**/.*/**}/*')
  const words = paths
    // The docs' own tests are full of words that do not exist.
    .filter((path) => CODE.test(path) && !path.startsWith('docs/'))
    .flatMap((path) => readFileSync(ROOT + path, 'utf8').match(/[A-Za-z_$][\w$]*/g) ?? [])
  return {
    words: new Set(words),
    paths: paths.map((path) => `/${path}${CODE.test(path) ? '' : '/'}`),
  }
}

/** Names on a page that are in no source. */
export function namesNowhere({ codes }: Page, { words }: Sources): Found[] {
  return codes.flatMap(({ line, text }) =>
    claimsOf(text)
      .filter((claim) => !claim.every((name) => name.split(':').every((part) => words.has(part))))
      .map((claim) => ({ line, text: claim.join('.') })),
  )
}

/** Files and folders on a page that do not exist; what is in a list of files counts as well. */
export function filesNowhere({ codes, blocks }: Page, { paths }: Sources): Found[] {
  const listed = blocks.flatMap(({ line, text }) =>
    [...text.matchAll(/(?<=^|[\s,(])[\w-]+(?:\/[\w*-]+)*(?:\.ts|\/)(?=[\s,;:)]|$)/gm)].map(
      ([name]) => ({ line, text: name }),
    ),
  )
  return [...codes, ...listed].filter(({ text }) => {
    if (!PATH.test(text)) return false
    const pattern = new RegExp(`/${text.replaceAll('.', String.raw`\.`).replaceAll('*', '[^/]*')}`)
    return !paths.some((path) => pattern.test(path))
  })
}
