import { FamilyKeys, type Params } from './family-keys.ts'
import { FamilyLoaders } from './family-loaders.ts'
import { type FamilyNow, FamilyReads } from './family-reads.ts'
import { FamilyWrites, openFamilyWriter } from './family-writes.ts'
import type { Family } from './family.ts'
import type { ParamsOf, ParsedParamsOf } from './key-params.ts'
import type { KeyTemplate } from './key-template.ts'
import type { KeyspaceOptions } from './keyspace-options.ts'
import { type KeyspaceSettings, type LiveOptions, merged, resolveLive } from './live-options.ts'
import type { LiveSettings } from './live-settings.ts'
import type { Loader } from '../load/loader.ts'
import type { CallOptions } from '../policy.ts'
import { type Found, settled, unlessFailed } from '../read/found.ts'
import { type ReadManyOptions, type ReadOptions, manyOptions } from '../read/read-options.ts'
import { type Keys, type WarmOptions, type WarmProgress, warmThrough } from '../read/warm.ts'
import type { Scope } from '../scope.ts'
import { ConfigError } from '../errors.ts'
import { knownOnly } from '../checks.ts'
import { type FamilyStats, familyStatsOf } from '../stats.ts'
import type { WriterControl } from '../write/source-writer.ts'
import type { SetOptions } from '../write/write-options.ts'
import type { InvalidateOptions, Receipt } from '../write/write.ts'

/** What a keyspace is put together from. */
export interface KeyspaceParts {
  /** What errors call it. */
  readonly owner: string
  readonly declared: KeyspaceSettings
  /** The part of the cache that has the family's policies. */
  readonly scopeWith: (settings: KeyspaceSettings) => Scope
  readonly live: LiveSettings
  readonly family: Family
  readonly template: KeyTemplate
  /** The tag that every entry of the family carries. */
  readonly tag: string
  readonly options: KeyspaceOptions
}

/**
 * A family of keys, made by `cache.keyspace`: its methods take the parameters that its template names.
 * Its keys are plain ones, `delete` of the cache drops them too; but read and store them here, where
 * their codec, their tags and their isolation are known.
 */
export class Keyspace<Template extends string = string, Value = unknown, Read = Value | undefined> {
  readonly #parts: KeyspaceParts
  readonly #family: Family
  readonly #template: KeyTemplate
  readonly #loaders: FamilyLoaders
  readonly #keys: FamilyKeys
  readonly #now: FamilyNow
  readonly #reads: FamilyReads
  readonly #writes: FamilyWrites
  /** What was said for all instances, and for this one, which goes before. */
  #said: LiveOptions = {}
  #saidHere: LiveOptions = {}

  /** @internal Use `cache.keyspace`. */
  constructor(parts: KeyspaceParts) {
    const { owner, declared, family, template, options } = parts
    this.#parts = parts
    this.#family = family
    this.#template = template
    this.#loaders = new FamilyLoaders(this.name, options)
    this.#keys = new FamilyKeys(template, options)
    this.#now = { scope: parts.scopeWith(declared), settings: declared }
    this.#reads = new FamilyReads(this.#now, this.#keys, this.#loaders, options)
    this.#writes = new FamilyWrites(
      this.#now,
      this.#keys,
      options.writer && openFamilyWriter(owner, this.name, template, this.#now, options.writer),
    )
    parts.live.follow(this.name, (said) => this.#settle(said as LiveOptions, this.#saidHere))
  }

  /** The template, with the namespace before it: what records and metrics call the family. */
  get name(): string {
    return this.#family.name as string
  }

  /** The key of `params`. @throws {ConfigError} naming the parameter that is not what it has to be */
  key(params: ParamsOf<Template>): string {
    return this.#template.key(params)
  }

  /** The parameters of `key`, those that are hashed left out; `undefined` if it is not of this family. */
  parse(key: string): ParsedParamsOf<Template> | undefined {
    return this.#template.parse(key) as ParsedParamsOf<Template> | undefined
  }

  /** The value of `params`: from L1, else from L2, else from the family's loader if it has one. */
  get(params: ParamsOf<Template>, options?: ReadOptions): Promise<Read> {
    return this.#reads.one(params as Params, undefined, options) as Promise<Read>
  }

  /** The same with a loader of this call's own. */
  getOrSet<T extends Value>(
    params: ParamsOf<Template>,
    loader: Loader<T>,
    options?: ReadOptions,
  ): Promise<T> {
    return this.#reads.one(params as Params, loader as Loader<unknown>, options) as Promise<T>
  }

  /**
   * The values in the order of `params`; what is missing is loaded by one call of `loadMany`.
   *
   * @throws {BulkLoadError} if there is one that failed and for which nothing may be served instead: with
   * the values of the others, and the error of each, by key. Never with `settle: true`, which answers both.
   */
  getMany(
    params: readonly ParamsOf<Template>[],
    options: ReadManyOptions & { readonly settle: true },
  ): Promise<PromiseSettledResult<Value | undefined>[]>
  getMany(
    params: readonly ParamsOf<Template>[],
    options?: ReadManyOptions,
  ): Promise<(Value | undefined)[]>
  async getMany(
    params: readonly ParamsOf<Template>[],
    options?: ReadManyOptions,
  ): Promise<(Value | undefined)[] | PromiseSettledResult<Value | undefined>[]> {
    const keys = this.#keys.all(params as readonly Params[])
    const { settle, maxBatch, each } = manyOptions(options, this.#loaders.maxBatch)
    const found = (await this.#reads.many(
      params as readonly Params[],
      each,
      maxBatch,
    )) as Found<Value>
    if (!settle) {
      const values = unlessFailed(found)
      return keys.map((key) => values.get(key))
    }
    const results = settled(found)
    return keys.map((key) => results.get(key) ?? { status: 'fulfilled', value: undefined })
  }

  /**
   * Brings the entries of `params` into L1, from L2 or by the family's loader, as `cache.warm`: they may
   * come from an async iterable of any length.
   *
   * @throws {ConfigError} for bad parameters; the signal's reason; what fails to load is counted, not thrown
   */
  warm(
    params: Keys<ParamsOf<Template>>,
    options?: WarmOptions & CallOptions,
  ): Promise<WarmProgress> {
    const read = (part: readonly unknown[], each: CallOptions) =>
      this.#reads.warm(part as readonly Params[], each)
    return warmThrough(params, read, options)
  }

  /** The value of `params` if it is fresh in L1: at once, without a promise. */
  peek(params: ParamsOf<Template>): Value | undefined {
    const key = this.#template.key(params)
    return this.settings.enabled ? (this.#now.scope.peek(key) as Value | undefined) : undefined
  }

  /**
   * Stores a value in both tiers, as `cache.set`; with a writer, in the source of truth too, by its mode.
   *
   * @throws what the writer's `write` throws; `WriteQueueFullError`, and `TierError` while Redis is away,
   *   if it writes behind
   */
  async set(params: ParamsOf<Template>, value: Value, options?: SetOptions): Promise<Receipt> {
    return this.setMany([[params, value]], options)
  }

  /** Stores values, as `set`. */
  async setMany(
    entries: Iterable<readonly [ParamsOf<Template>, Value]>,
    options?: SetOptions,
  ): Promise<Receipt> {
    return this.#writes.set(entries as Iterable<readonly [Params, Value]>, options)
  }

  /**
   * Drops the entry of `params` on every instance and in L2; with a writer, the source drops it too.
   *
   * @throws {ConfigError} for `again` in a family with a writer
   */
  async delete(params: ParamsOf<Template>, options?: InvalidateOptions): Promise<Receipt> {
    return this.deleteMany([params], options)
  }

  /** Drops the entries of `params`, as `delete`. */
  async deleteMany(
    params: readonly ParamsOf<Template>[],
    options?: InvalidateOptions,
  ): Promise<Receipt> {
    return this.#writes.delete(params as readonly Params[], options)
  }

  /**
   * What the family's writer has written and what waits, its dead letters, and `flush`.
   *
   * @throws {ConfigError} for a family without the option `writer`
   */
  get writer(): WriterControl<Value> {
    const { writer } = this.#writes
    if (writer === undefined) throw new ConfigError(`${this.#parts.owner} has no writer`)
    return writer.control as WriterControl<Value>
  }

  /** Makes the entry of `params` stale everywhere: loaded anew by the next read, kept for its grace. */
  async expire(params: ParamsOf<Template>, options?: InvalidateOptions): Promise<Receipt> {
    return this.#now.scope.expire([this.#template.key(params)], options)
  }

  /** Drops every entry of this family, of all versions, however many there are. */
  async invalidate(options?: InvalidateOptions): Promise<Receipt> {
    return this.#now.scope.invalidateTags([this.#parts.tag], options)
  }

  /** What holds now: as declared, over it what was said for all instances, over it what was said here. */
  get settings(): KeyspaceSettings {
    return this.#now.settings
  }

  /**
   * Changes options while the family is used: for this process, or with `everywhere` for all instances
   * and those to come. They hold for what is stored from now on. An `undefined` option goes back to
   * what holds without it. What is said everywhere is kept in Redis: an instance that misses the
   * message reads it with its next beat, a new one when it begins.
   *
   * @throws {TierError} if it is for all instances and Redis did not take it; then nothing is changed
   * @example
   * await users.configure({ ttl: '1m' }, { everywhere: true })
   */
  async configure(
    changes: LiveOptions,
    options: { readonly everywhere?: boolean } = {},
  ): Promise<Receipt> {
    const { owner, declared, live } = this.#parts
    knownOnly('options', options, ['everywhere'])
    resolveLive(owner, changes, declared) // refused before anybody is told
    if (options.everywhere === true) {
      await live.settled() // what was said before is kept
      await live.say(this.name, merged(this.#said, changes))
      return 'everywhere'
    }
    this.#settle(this.#said, merged(this.#saidHere, changes))
    return 'here'
  }

  /** How this family's reads ended in this process, since it was declared. */
  stats(): FamilyStats {
    return familyStatsOf(this.#family)
  }

  #settle(said: LiveOptions, saidHere: LiveOptions): void {
    const { owner, declared, scopeWith } = this.#parts
    const settings = resolveLive(owner, saidHere, resolveLive(owner, said, declared))
    this.#said = said
    this.#saidHere = saidHere
    this.#now.scope = scopeWith(settings)
    this.#now.settings = settings
  }
}
