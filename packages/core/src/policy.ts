import type { Context } from './context.ts'
import { ConfigError } from './errors.ts'
import type { Family } from './families/family.ts'
import { checkTags } from './names.ts'
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

/** How long a value is kept beyond its ttl. */
export function graceOf({ grace, staleWhileRevalidate }: Policy): number {
  return Math.max(grace, staleWhileRevalidate)
}

/** A ttl with a part taken off at random, so that what was stored together does not end together. */
export function jittered(
  { settings, clock }: Pick<Context, 'settings' | 'clock'>,
  ttl: number,
): number {
  return ttl * (1 - settings.jitter * clock.random())
}
