import { MOST_ITEMS } from '../coherence/batch.ts'
import { shown } from '../duration.ts'
import { ConfigError } from '../errors.ts'
import { type Shape, intersects, shapeOfGlob } from './glob.ts'
import { familyTag } from './implied-tags.ts'
import { checkName } from '../names.ts'
import { checkObject } from '../checks.ts'

/** What hangs on a tag: another tag, in terms of the same parameters; or a whole family, by its name. */
export type TagDependency = string | { readonly family: string }

interface Rule {
  readonly source: string
  readonly shape: Shape
  /** What stands before, between and behind the parameters. */
  readonly literals: readonly string[]
  readonly names: readonly string[]
  readonly targets: readonly Target[]
}

interface Target {
  readonly shape: Shape
  readonly tagOf: (params: ReadonlyMap<string, string>) => string
}

const MOST_RULES = 1_000
const PARAMETER = /\{([A-Za-z_]\w*)\}/g

/**
 * Tags that hang on other tags, declared as data. Invalidating one invalidates all that hangs on it,
 * under one number: the origin names them all in its script, so the other instances need no rules.
 */
export class TagDependencies {
  readonly #rules: readonly Rule[]

  /** @throws {ConfigError} for a bad template, or a cycle, with its path */
  constructor(declared: Readonly<Record<string, readonly TagDependency[]>> = {}) {
    checkObject('tagDependencies', declared)
    const entries = Object.entries(declared)
    if (entries.length > MOST_RULES) {
      throw new ConfigError(`tagDependencies: at most ${MOST_RULES} tags (got ${entries.length})`)
    }
    this.#rules = entries.map(([source, targets]) => ruleOf(source, targets))
    refuseCycles(this.#rules)
  }

  /** `tags`, with all that hangs on them. @throws {ConfigError} if that is more than one script takes */
  expand(tags: readonly string[]): readonly string[] {
    if (this.#rules.length === 0) return tags
    const all = new Set(tags)
    // What is added is visited too. No rule leads back to itself, so this ends.
    for (const tag of all) {
      for (const rule of this.#rules) {
        const params = paramsOf(rule, tag)
        if (params !== undefined) for (const { tagOf } of rule.targets) all.add(tagOf(params))
      }
      if (all.size > Math.max(tags.length, MOST_ITEMS)) {
        throw new ConfigError(
          `more than ${MOST_ITEMS} tags hang on ${shown(tags[0])}; let them share one of their own`,
        )
      }
    }
    return [...all]
  }
}

function ruleOf(source: string, targets: readonly TagDependency[]): Rule {
  checkName('a tag in tagDependencies', source)
  if (!Array.isArray(targets)) {
    throw new ConfigError(`tagDependencies["${source}"] must be an array (got ${shown(targets)})`)
  }
  const names = [...source.matchAll(PARAMETER)].map(([, name]) => name as string)
  if (new Set(names).size !== names.length) {
    throw new ConfigError(`tagDependencies: "${source}" has a parameter twice`)
  }
  const literals = source.split(PARAMETER).filter((_, i) => i % 2 === 0)
  return {
    source,
    names,
    shape: shapeOf(source),
    literals,
    targets: targets.map((target: TagDependency) => targetOf(source, names, target)),
  }
}

function targetOf(source: string, names: readonly string[], target: TagDependency): Target {
  if (typeof target === 'object' && target !== null) {
    checkName('a family in tagDependencies', target.family)
    const tag = familyTag(target.family)
    return { shape: shapeOfGlob(tag), tagOf: () => tag }
  }
  checkName(`a tag that hangs on "${source}"`, target)
  const unknown = [...target.matchAll(PARAMETER)].find(
    ([, name]) => !names.includes(name as string),
  )
  if (unknown !== undefined) {
    throw new ConfigError(
      `tagDependencies: "${source}" has no ${unknown[0]}, which "${target}" needs`,
    )
  }
  return {
    shape: shapeOf(target),
    tagOf: (params) => {
      const tag = target.replaceAll(PARAMETER, (_, name: string) => params.get(name) as string)
      checkName(`a tag that hangs on "${source}"`, tag)
      return tag
    },
  }
}

function shapeOf(template: string): Shape {
  return shapeOfGlob(template.replaceAll(PARAMETER, '*'))
}

/**
 * Each parameter is as short as it can be. Where what follows it stands first is as good as any later
 * place, so nothing is ever tried again: a regular expression would, and a tag may be a caller's text.
 */
function paramsOf({ literals, names }: Rule, tag: string): ReadonlyMap<string, string> | undefined {
  const [first, ...rest] = literals as [string, ...string[]]
  if (rest.length === 0) return tag === first ? new Map() : undefined
  if (!tag.startsWith(first) || !tag.endsWith(rest.at(-1) as string)) return undefined
  const params = new Map<string, string>()
  let at = first.length
  for (const [i, literal] of rest.entries()) {
    const isLast = i === rest.length - 1
    const next = isLast ? tag.length - literal.length : tag.indexOf(literal, at + 1)
    if (next <= at) return undefined
    params.set(names[i] as string, tag.slice(at, next))
    at = next + literal.length
  }
  return params
}

function refuseCycles(rules: readonly Rule[]): void {
  const done = new Set<Rule>()
  const walk = (rule: Rule, path: readonly Rule[]): void => {
    if (path.includes(rule)) {
      const cycle = [...path.slice(path.indexOf(rule)), rule].map(({ source }) => source)
      throw new ConfigError(`tagDependencies: a cycle, ${cycle.join(' → ')}`)
    }
    if (done.has(rule)) return
    for (const { shape } of rule.targets) {
      for (const next of rules) if (intersects(shape, next.shape)) walk(next, [...path, rule])
    }
    done.add(rule)
  }
  for (const rule of rules) walk(rule, [])
}
