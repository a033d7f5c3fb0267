import ts from 'typescript'
import type { Found, Page } from './pages.ts'
import type { PublicNames } from './public-names.ts'

/** Words of a page for users that look like names of ours, and are none. */
export function unknownNames(page: Page, names: PublicNames, others: ReadonlySet<string>): Found[] {
  return page.codes.flatMap(({ line, text }) =>
    claimsOf(text)
      .filter((claim) => !isGlobal(claim) && !others.has(claim.join('.')) && !holds(claim, names))
      .map((claim) => ({ line, text: claim.join('.') })),
  )
}

/** What is measured has names with a prefix of their own, which are looked for in expressions as well. */
export function unknownMeasures(page: Page, measures: ReadonlySet<string>): Found[] {
  return [...page.codes, ...page.blocks].flatMap(({ line, text }) =>
    [...text.matchAll(/\btiercel_\w+|\btiercel\.[a-z]\w*(?:\.[a-z]\w*)+/g)]
      .map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ''))
      .filter((name) => !measures.has(name))
      .map((name) => ({ line, text: name })),
  )
}

/** A name, or a path of names, of which a piece of `code` in prose says that it exists. */
export type Claim = readonly string[]

const NAME = /^[A-Za-z_$][\w$]*$/
const CONSTANT = /^[A-Z\d]+(?:_[A-Z\d]+)+$/
/** A path of names, perhaps with `?` and `()`; then the rest of a call, or a type's arguments; then `: value`. */
const CODE = /^(?<path>[\w$.?()]*?)(?:\((?<first>.*)\)|\(|<.*>(?:\(.*\))?)?(?:: .+)?$/s
const FILE =
  /\.(?:[cm]?[jt]sx?|md|jsonl?|ya?ml|lua|pml|toml|conf|sh|rdb|aof|lock|html|svg|sock|pem)$/

/** What `code` says of names: of an option, a call, an object's properties, a channel, a listed text. */
export function claimsOf(code: string): Claim[] {
  const text = code.replace(/^(?:(?:await|new|const|using|import) |@)+/, '').trim()
  if (/\btiercel[_.]/.test(text)) return [] // an expression of measures
  if (/^tiercel:\w+$/.test(text)) return [[text]]
  if (/^'[a-z][a-z-]*'$/.test(text)) return [[text.slice(1, -1)]]
  if (text.startsWith('{')) return propertiesOf(text)
  const { path, first = '' } = CODE.exec(text)?.groups ?? {}
  const names = path?.replaceAll(/\?|\(\)/g, '').split('.') ?? []
  // One word in capitals is a command of Redis, or SQL.
  const isNone =
    !names.every((name) => NAME.test(name)) || /^[A-Z\d]+$/.test(text) || FILE.test(text)
  return isNone ? [] : [names, ...(first.startsWith('{') ? propertiesOf(first) : [])]
}

/** The properties of what is written as an object: `{ again: '2s' }`, `{ ttl, tags }`. */
function propertiesOf(object: string): Claim[] {
  const source = ts.createSourceFile('', `(${object})`, ts.ScriptTarget.Latest)
  const claims: Claim[] = []
  const walk = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) {
      if (ts.isIdentifier(node.name)) claims.push([node.name.text])
    }
    ts.forEachChild(node, walk)
  }
  walk(source)
  return claims.filter(([name = '']) => name !== '')
}

function holds(claim: Claim, names: PublicNames): boolean {
  const [first = ''] = claim
  if (claim.length > 1) return names.leads(claim)
  return CONSTANT.test(first) || first.startsWith('Tiercel')
    ? names.spells(first) || names.has(first)
    : names.has(first) || names.lists(first)
}

/** A word of the language, or of every Node. */
function isGlobal([first = '']: Claim): boolean {
  return first in globalThis || LANGUAGE.has(first)
}

const LANGUAGE: ReadonlySet<string> = new Set(
  'null true false async await using const import require Omit Readonly NonNullable'.split(' '),
)
