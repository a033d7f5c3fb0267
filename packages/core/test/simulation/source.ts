import { chance } from './random.ts'

/** A key of the world, and how it is read. */
export interface KeyPlan {
  readonly key: string
  readonly tags: readonly string[]
  /** Whether the loader is who knows the tags. */
  readonly isTaggedByLoader: boolean
  readonly ttl: number
  readonly staleWhileRevalidate: number
  readonly grace: number
  readonly softTimeout: number
  /** Whether some of its versions are "there is none". */
  readonly canBeAbsent: boolean
}

/** A row of the source of truth. */
export interface Row {
  readonly key: string
  readonly version: number
}

/** The source of truth: a version for each key. */
export class Source {
  readonly plans: ReadonlyMap<string, KeyPlan>
  readonly #versions = new Map<string, number>()

  constructor(plans: readonly KeyPlan[]) {
    this.plans = new Map(plans.map((plan) => [plan.key, plan]))
  }

  version(key: string): number {
    return this.#versions.get(key) ?? 1
  }

  commit(key: string): number {
    const version = this.version(key) + 1
    this.#versions.set(key, version)
    return version
  }

  read(key: string): Row | undefined {
    const version = this.version(key)
    return this.#isAbsent(key, version) ? undefined : { key, version }
  }

  /** The version that an answer is of; for "there is none" the newest that it may be of. */
  versionOf(key: string, answer: unknown): number {
    if (answer !== undefined) return (answer as Row).version
    let version = this.version(key)
    while (version > 0 && !this.#isAbsent(key, version)) version--
    return version
  }

  #isAbsent(key: string, version: number): boolean {
    return this.plans.get(key)?.canBeAbsent === true && chance('absent', key, version) < 0.4
  }
}
