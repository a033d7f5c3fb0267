import { abortable } from './abortable.ts'
import { NO_OPTIONS, checkedInvalidation } from './arguments.ts'
import { readChannel } from './channels.ts'
import type { Clock } from './clock.ts'
import type { ReadCounters } from './counters.ts'
import type { Engine } from './engine.ts'
import { type Entry, isServable } from './entry.ts'
import { ClosedError } from './errors.ts'
import { isInWrite } from './write/call-source.ts'
import type { Family } from './families/family.ts'
import { namespaceTag } from './invalidate/implied-tags.ts'
import type { BulkLoader, Loader } from './load/loader.ts'
import { checkKeys, checkName } from './names.ts'
import { Policies, type Policy } from './policy.ts'
import type { Found } from './read/found.ts'
import { readManyThrough, unprefixed } from './read/read-many.ts'
import type { ReadOptions } from './read/read-options.ts'
import type { ResolvedLife } from './settings.ts'
import type { L1 } from './tiers.ts'
import { type SetOptions, lifeOf } from './write/write-options.ts'
import type { InvalidateOptions, Receipt } from './write/write.ts'

/** Tags of one entry, by its key. */
export type TagsOf = (key: string) => readonly string[]

/**
 * What a cache, a namespace and a family are made of: which keys and tags are theirs, how these are
 * handled, and how a call on them gets into the engine. Keys are the caller's here, names the engine's.
 */
export class Scope {
  readonly engine: Engine
  /** What its names begin with. */
  readonly prefix: string
  /** Tags that every entry of it carries, the most special one last. */
  readonly tags: readonly string[]
  readonly policies: Policies
  readonly #family: Family
  readonly #isCloned: boolean
  // What an L1 hit needs, one step away.
  readonly #l1: L1
  readonly #clock: Clock
  readonly #counters: ReadCounters

  constructor(
    engine: Engine,
    prefix = '',
    tags: readonly string[] = [],
    family: Family = engine.context.families[0],
    life?: ResolvedLife,
  ) {
    this.engine = engine
    this.prefix = prefix
    this.tags = tags
    this.policies = new Policies(family, tags, life)
    this.#family = family
    this.#isCloned = family.isCloned
    this.#l1 = engine.l1
    this.#clock = engine.context.clock
    this.#counters = family.reads
  }

  /** The part whose keys begin with `name:`: with a colon in it, a part of a part. */
  namespace(name: string): Scope {
    const colon = name.indexOf(':')
    const prefix = `${this.prefix}${colon < 0 ? name : name.slice(0, colon)}:`
    const part = new Scope(this.engine, prefix, [...this.tags, namespaceTag(prefix)])
    return colon < 0 ? part : part.namespace(name.slice(colon + 1))
  }

  /** The same keys, handled as those of `family`, of which each entry carries `tags` too. */
  of(family: Family, tags: readonly string[], life: ResolvedLife): Scope {
    return new Scope(this.engine, this.prefix, [...this.tags, ...tags], family, life)
  }

  /** The L1 hit. Everything else on the read path begins where this ends. */
  fresh(key: string): Entry | undefined {
    const entry = this.#l1.get(this.prefix === '' ? key : this.prefix + key)
    if (entry === undefined) return undefined
    const now = this.#clock.now()
    if (now >= entry.hitUntil || !isServable(entry, now)) return undefined
    this.#counters.hitL1++
    if (readChannel.hasSubscribers) this.engine.context.report.hit(this.#family, this.prefix + key)
    return entry
  }

  answer(entry: Entry): Promise<unknown> {
    return Promise.resolve(this.#isCloned ? structuredClone(entry.value) : entry.value)
  }

  /** What is fresh in L1, at once. */
  peek(key: string): unknown {
    return this.copy((this.fresh(key) ?? this.#freshStill(key))?.value)
  }

  /** Keys that L1 would answer, those that were used last first. */
  hottest(most: number): readonly string[] {
    const found: string[] = []
    for (const name of this.#l1.keys()) {
      if (found.length >= most) break
      if (!name.startsWith(this.prefix)) continue
      const key = name.slice(this.prefix.length)
      if (this.#freshStill(key) !== undefined) found.push(key)
    }
    return found
  }

  /**
   * What L1 has not. `tagsOf` gives the entry's own tags; with `leaveOut` the loader is one of a bulk
   * load, that need not wait for this read once it is called.
   */
  read(
    key: string,
    loader?: Loader<unknown>,
    options?: ReadOptions,
    tagsOf?: TagsOf,
    leaveOut?: () => void,
  ): Promise<unknown> {
    try {
      const name = this.name(key)
      const { signal, policy: common } = this.#readPolicy(options)
      const policy = this.policyOf(common, tagsOf)(name)
      const reading = this.engine.reader.read({
        shard: this.engine.shardOf(name),
        key: name,
        loader,
        policy,
        policies: this.policies,
        isGathered: leaveOut !== undefined,
        onWait: leaveOut,
      })
      const value = abortable(reading, signal)
      return this.#isCloned ? value.then((read) => structuredClone(read)) : value
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** What is in L1, and for the rest the read path. `tagsOf` gives the tags of each entry. */
  async readMany(
    keys: readonly string[],
    loader?: BulkLoader<unknown>,
    options?: ReadOptions,
    tagsOf?: TagsOf,
    maxBatch = Infinity,
  ): Promise<Found<unknown>> {
    this.checkOpen()
    checkKeys(keys)
    const { signal, policy } = this.#readPolicy(options)
    const values = new Map<string, unknown>()
    const errors = new Map<string, unknown>()
    const missing: string[] = []
    const distinct = new Set(keys)
    for (const key of distinct) {
      const entry = this.fresh(key)
      values.set(key, entry?.value) // what is missing has its place too: the order is that of `keys`
      if (entry === undefined) missing.push(key)
    }
    if (missing.length > 0) {
      const reading = readManyThrough(this.engine.context, this.engine.reader, {
        keys: this.names(missing),
        shardOf: (name) => this.engine.shardOf(name),
        loader: loader === undefined ? undefined : unprefixed(loader, this.prefix),
        maxBatch,
        policyOf: this.policyOf(policy, tagsOf),
        policies: this.policies,
      })
      const results = await abortable(reading, signal)
      for (const [i, result] of results.entries()) {
        const key = missing[i] as string
        if (result.status === 'fulfilled') values.set(key, result.value)
        else errors.set(key, result.reason)
      }
    }
    for (const [key, value] of values) {
      if (value === undefined) values.delete(key)
      else if (this.#isCloned) values.set(key, structuredClone(value))
    }
    return { asked: distinct.size, values, errors }
  }

  /** Stores values in both tiers. `tagsOf` gives the tags of each entry. */
  async set(
    entries: Iterable<readonly [string, unknown]>,
    options: SetOptions = NO_OPTIONS,
    tagsOf?: TagsOf,
  ): Promise<Receipt> {
    const named = [...entries].map(([key, value]) => [this.name(key), value] as const)
    const policyOf = this.policyOf(this.policies.of(lifeOf(options)), tagsOf)
    return this.engine.writer.set(named, policyOf, options)
  }

  async delete(keys: readonly string[], options: InvalidateOptions = NO_OPTIONS): Promise<Receipt> {
    return this.engine.writer.delete(this.names(keys), checkedInvalidation(options))
  }

  async expire(keys: readonly string[], options: InvalidateOptions = NO_OPTIONS): Promise<Receipt> {
    return this.engine.writer.expire(this.names(keys), checkedInvalidation(options))
  }

  /** Drops what carries one of `tags`, which may be such as no caller can name. */
  async invalidateTags(
    tags: readonly string[],
    options: InvalidateOptions = NO_OPTIONS,
  ): Promise<Receipt> {
    this.checkOpen()
    return this.engine.writer.invalidateTags(tags, checkedInvalidation(options))
  }

  /** Drops every entry of it. */
  async clear(options: InvalidateOptions = NO_OPTIONS): Promise<Receipt> {
    const own = this.tags.at(-1)
    if (own !== undefined) return this.invalidateTags([own], options)
    this.checkOpen()
    return this.engine.writer.clear(checkedInvalidation(options))
  }

  /** `value` as its isolation has it given to a caller. */
  copy<T>(value: T): T {
    return this.#isCloned ? structuredClone(value) : value
  }

  /** `policy`, with the tags of each entry's own if there are any. */
  policyOf(policy: Policy, tagsOf: TagsOf | undefined): (name: string) => Policy {
    if (tagsOf === undefined) return () => policy
    const { length } = this.prefix
    return (name) => this.policies.over(policy, { tags: tagsOf(name.slice(length)) })
  }

  /** @throws {ConfigError} {ClosedError} */
  name(key: string): string {
    this.checkOpen()
    checkName('a key', key)
    return this.prefix + key
  }

  names(keys: readonly string[]): readonly string[] {
    checkKeys(keys)
    return keys.map((key) => this.name(key))
  }

  checkOpen(): void {
    const { engine } = this
    if (engine.isClosed && !(engine.isDraining && isInWrite())) throw new ClosedError()
  }

  /** What is fresh, although a read would do more than answer. */
  #freshStill(key: string): Entry | undefined {
    const entry = this.#l1.peek(this.prefix + key)
    const now = this.#clock.now()
    if (entry === undefined || now >= entry.freshUntil || !isServable(entry, now)) return undefined
    return now - entry.at < this.engine.context.settings.l1Ttl ? entry : undefined
  }

  #readPolicy(options: ReadOptions | undefined): {
    readonly signal?: AbortSignal
    readonly policy: Policy
  } {
    if (typeof options !== 'object' || options === null || !('signal' in options)) {
      return { policy: this.policies.of(options) }
    }
    const { signal, ...rest } = options
    const policy = this.policies.of(rest)
    if (signal === undefined) return { policy }
    signal.throwIfAborted()
    return { signal, policy }
  }
}
