import { ConfigError } from './errors.ts'
import type { Family } from './families/family.ts'
import type { LifeOptions } from './options.ts'
import { checkObject } from './checks.ts'
import { type ResolvedLife, resolveLife } from './settings.ts'

/** Options of one call that stores or reads. */
export interface CallOptions extends LifeOptions {
  /** Labels to invalidate the entry by, with all others that carry them. */
  readonly tags?: readonly string[]
}

/** Options of one call, in milliseconds, for as long as the options object lives. */
export interface Policy extends ResolvedLife {
  readonly tags: readonly string[]
  readonly family: Family
}

const MOST_TAGS = 1_000
const LONGEST_KEY = 1_024
// A lone surrogate has no UTF-8: two keys that differ in one would be the same key in Redis.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNSAFE = /[\u0000-\u001f\u007f\p{Surrogate}]/u

/** Resolves the options of calls, once for each options object. */
export class Policies {
  readonly standard: Policy
  readonly #family: Family
  readonly #base: ResolvedLife
  readonly #maxTtl: number
  readonly #implied: readonly string[]
  readonly #resolved = new WeakMap<CallOptions, Policy>()

  /** `implied` are tags that every entry carries; `life` holds instead of the cache's own. */
  constructor(family: Family, implied: readonly string[] = [], life?: ResolvedLife) {
    this.#family = family
    this.#base = life ?? family.settings.life
    this.#maxTtl = family.settings.maxTtl
    this.#implied = implied
    this.standard = this.#resolve({})
  }

  /** @throws {ConfigError} for an unknown option, a bad duration or a bad tag. */
  of(options: CallOptions | undefined): Policy {
    if (options === undefined) return this.standard
    let policy = this.#resolved.get(options)
    if (policy === undefined) {
      policy = this.#resolve(options)
      this.#resolved.set(options, policy)
    }
    return policy
  }

  /**
   * `policy` with what a loader chose from the value; `held` are tags that it has already.
   *
   * @throws {ConfigError} as `of`
   */
  over(policy: Policy, { tags = [], ...life }: CallOptions, held: readonly string[] = []): Policy {
    checkTags(tags)
    const resolved = resolveLife('entry', life, policy)
    return { ...policy, ...this.#cut(resolved), tags: limited([...policy.tags, ...held, ...tags]) }
  }

  #resolve(options: CallOptions): Policy {
    checkObject('options', options)
    const { tags = [], ...life } = options
    const resolved = resolveLife('options', life, this.#base)
    checkTags(tags)
    return Object.freeze({
      ...this.#cut(resolved),
      tags: limited([...this.#implied, ...tags]),
      family: this.#family,
    })
  }

  #cut(life: ResolvedLife): ResolvedLife {
    const cut = { ...life }
    for (const name of CUT) cut[name] = Math.min(life[name], this.#maxTtl)
    return cut
  }
}

/** What `maxTtl` limits. */
const CUT = ['ttl', 'negativeTtl', 'grace', 'staleWhileRevalidate'] as const

function limited(tags: readonly string[]): readonly string[] {
  const distinct = [...new Set(tags)]
  if (distinct.length > MOST_TAGS) {
    throw new ConfigError(`at most ${MOST_TAGS} tags on one entry (got ${distinct.length})`)
  }
  return Object.freeze(distinct)
}

/** @throws {ConfigError} unless `tags` is an array of names. */
export function checkTags(tags: readonly string[]): void {
  if (!Array.isArray(tags)) throw new ConfigError(`tags must be an array (got ${typeof tags})`)
  for (const tag of tags) checkName('a tag', tag)
}

/** @throws {ConfigError} unless `name` is a string of 1 to 1,024 bytes without control characters or lone surrogates. */
export function checkName(what: string, name: string): void {
  if (typeof name !== 'string' || name.length === 0) {
    throw new ConfigError(`${what} must be a string that is not empty (got ${typeof name})`)
  }
  // A UTF-16 unit is at most three bytes: most names need no count.
  if (name.length * 3 > LONGEST_KEY && Buffer.byteLength(name) > LONGEST_KEY) {
    throw new ConfigError(
      `${what} must be at most ${LONGEST_KEY} bytes (got ${Buffer.byteLength(name)})`,
    )
  }
  if (UNSAFE.test(name)) {
    throw new ConfigError(
      `${what} must not have control characters or lone surrogates (got ${JSON.stringify(name)})`,
    )
  }
}
