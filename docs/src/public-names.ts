import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { publishedPackages } from './packages.ts'
import { filesOf, ROOT } from './pages.ts'

/** What the published packages call things: the words that may stand as `code` on a page for their users. */
export interface PublicNames {
  /** Whether something exported, or a member or a parameter of such a thing, is called so. */
  has(name: string): boolean
  /**
   * Whether each name is a member of the one before. The first may be anybody's member, or something
   * exported; what is neither is taken for a variable of the reader, as `users` in `users.delete`.
   */
  leads(path: readonly string[]): boolean
  /** Whether it is a text that a type or a constant lists. */
  lists(text: string): boolean
  /** Whether it is a text anywhere in the sources, or an alert: the code of an error, a variable of the environment. */
  spells(text: string): boolean
}

/** Reads the types that the packages export, and all of ours that can be reached from them. */
export function publicNames(): PublicNames {
  const roots = publishedPackages().flatMap(({ entries }) => Array.from(entries.values()))
  const program = programOf(roots.map((path) => ROOT + path))
  const checker = program.getTypeChecker()
  const named = new Map<string, Set<ts.Symbol>>()
  const listed = new Set<string>()
  const seen = new Set<ts.Node>()

  for (const root of roots) {
    const file = program.getSourceFile(ROOT + root)
    const module = file && checker.getSymbolAtLocation(file)
    if (module === undefined) throw new Error(`${root} exports nothing`)
    for (const exported of checker.getExportsOfModule(module)) reach(exported)
  }
  // What a plugin adds to the types of its framework.
  for (const { statements } of program.getSourceFiles().filter(isOurs)) {
    for (const statement of statements) if (ts.isModuleDeclaration(statement)) walk(statement)
  }

  const sources = [
    ...program
      .getSourceFiles()
      .filter(isOurs)
      .map(({ text }) => text),
    ...filesOf('packages/metrics/deploy/*.yml').map((path) => readFileSync(ROOT + path, 'utf8')),
  ]
  return {
    has: (name) => named.has(name),
    lists: (text) => listed.has(text),
    spells: (text) =>
      sources.some((source) => source.includes(`'${text}'`) || source.includes(`alert: ${text}\n`)),
    leads: ([first = '', ...rest]) => {
      const start = [...(named.get(first) ?? [])].filter(hasMembersOfOurs)
      if (start.length > 0) return follow(start, rest)
      const [member = '', ...behind] = rest
      return follow([...(named.get(member) ?? [])], behind) && named.has(member)
    },
  }

  function reach(symbol: ts.Symbol): void {
    const target = origin(symbol)
    for (const declaration of target.declarations ?? []) {
      if (isOurs(declaration.getSourceFile())) walk(declaration)
    }
  }

  function walk(node: ts.Node): void {
    if (seen.has(node) || isHidden(node)) return
    seen.add(node)
    const { name } = node as ts.NamedDeclaration
    if (name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteral(name))) {
      const symbol = checker.getSymbolAtLocation(name)
      if (symbol !== undefined)
        named.set(name.text, (named.get(name.text) ?? new Set()).add(symbol))
    }
    if (ts.isStringLiteralLike(node)) listed.add(node.text)
    if (ts.isIdentifier(node)) {
      const symbol = checker.getSymbolAtLocation(node)
      if (symbol !== undefined) reach(symbol)
    }
    ts.forEachChild(node, walk)
  }

  function follow(from: readonly ts.Symbol[], [next, ...rest]: readonly string[]): boolean {
    if (next === undefined) return true
    const found = from.flatMap((symbol) => membersOf(symbol, next))
    return found.length > 0 && follow(found, rest)
  }

  /** Not a parameter, and not of a framework's type: readers have variables of the same names. */
  function hasMembersOfOurs(symbol: ts.Symbol): boolean {
    if ((symbol.flags & ts.SymbolFlags.FunctionScopedVariable) !== 0) return false
    const isType = (symbol.flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Alias)) !== 0
    return (
      isType ||
      partsOf(checker.getTypeOfSymbol(symbol)).some((part) =>
        (part.aliasSymbol ?? part.symbol)?.declarations?.some((at) => isOurs(at.getSourceFile())),
      )
    )
  }

  function partsOf(type: ts.Type): readonly ts.Type[] {
    const some = checker.getNonNullableType(type)
    return some.isUnion() ? some.types : [some]
  }

  function membersOf(symbol: ts.Symbol, name: string): ts.Symbol[] {
    const target = origin(symbol)
    const isType = (target.flags & (ts.SymbolFlags.Type | ts.SymbolFlags.TypeAlias)) !== 0
    const types = [
      ...(isType ? [checker.getDeclaredTypeOfSymbol(target)] : []),
      checker.getTypeOfSymbol(target),
    ]
    return types.flatMap(withAnswers).flatMap((type) => memberOf(type, name) ?? [])
  }

  /** `stats().reads`, and what is behind a promise, count as well as `stats.reads`. */
  function withAnswers(type: ts.Type): ts.Type[] {
    const signatures = checker.getNonNullableType(type).getCallSignatures()
    const answers = signatures.map((signature) => checker.getReturnTypeOfSignature(signature))
    return [type, ...answers].map((each) => checker.getAwaitedType(each) ?? each)
  }

  function memberOf(type: ts.Type, name: string): ts.Symbol | undefined {
    for (const part of partsOf(type)) {
      const member = checker.getPropertyOfType(checker.getApparentType(part), name)
      if (member !== undefined) return member
    }
    return undefined
  }

  function origin(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  }
}

function programOf(files: readonly string[]): ts.Program {
  const path = `${ROOT}tsconfig.base.json`
  const { config } = ts.readConfigFile(path, (file) => ts.sys.readFile(file))
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
  return ts.createProgram(files, options)
}

/** What users of a type do not see: code, and how it is made. */
function isHidden(node: ts.Node): boolean {
  if (ts.isBlock(node) || ts.isConstructorDeclaration(node)) return true
  const { name } = node as ts.NamedDeclaration
  if (name !== undefined && ts.isPrivateIdentifier(name)) return true
  return ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal')
}

function isOurs({ fileName }: ts.SourceFile): boolean {
  return fileName.startsWith(`${ROOT}packages/`) && !fileName.includes('/node_modules/')
}
