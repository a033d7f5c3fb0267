import { abortable } from './abortable.ts'
import { NO_OPTIONS, checkKeys, checkedWrite, notALoader } from './arguments.ts'
import type { MutateOptions, MutateTargets, MutationContext } from './write/mutate.ts'
import { readChannel } from './channels.ts'
import type { Clock } from './clock.ts'
import type { ReadCounters } from './counters.ts'
import type { Duration } from './duration.ts'
import { milliseconds, shown } from './duration.ts'
import type { CountOptions } from './write/count.ts'
import type { Engine } from './engine.ts'
import { type Entry, isServable } from './entry.ts'
import { BulkLoadError, ClosedError, ConfigError } from './errors.ts'
import { openWriter } from './write/open-writer.ts'
import { type SourceWriter, type WriterOptions, resolveWriter } from './write/source-writer.ts'
import type { Family } from './families/family.ts'
import { declareKeyspace } from './families/declare-keyspace.ts'
import { namespaceTag } from './invalidate/implied-tags.ts'
import type { KeyspaceOptions, With } from './families/keyspace-options.ts'
import type { Keyspace } from './families/keyspace.ts'
import type { BulkLoader, Loader } from './load/loader.ts'
import { type CallOptions, Policies, type Policy, checkName, checkTags } from './policy.ts'
import { readManyThrough, unprefixed } from './read/read-many.ts'
import { type ResolvedLife, knownOnly } from './settings.ts'
import {
  type PatternOptions,
  type PatternReceipt,
  invalidatePattern,
} from './invalidate/invalidate-pattern.ts'
import { type CacheStats, statsOf } from './stats.ts'
import type { L1 } from './tiers.ts'
import { type Keys, type WarmOptions, type WarmProgress, warmThrough } from './read/warm.ts'
import { type Cacheable, type WrapOptions, type Wrapped, wrap } from './families/wrap.ts'
import type { UpdateOptions } from './write/update.ts'
import { countRules, updateBounds } from './write/write-options.ts'
import type { InvalidateOptions, Receipt, WriteOptions } from './write/write.ts'

/** Options of a read. */
export interface ReadOptions extends CallOptions {
  /** Ends the wait of this caller; what is loaded for others goes on. */
  readonly signal?: AbortSignal
}

/** Options of `getOrSetMany`. */
export interface ReadManyOptions extends ReadOptions {
  /** Most keys in one call of the loader; more are loaded by several calls at once. @default Infinity */
  readonly maxBatch?: number
  /** Answer how each key ended, instead of rejecting when one has failed. @default false */
  readonly settle?: boolean
}

/** Options of `set` and `setMany`. */
export interface SetOptions extends CallOptions, WriteOptions {}

/** Tags of one entry, by its key. */
type TagsOf = (key: string) => readonly string[]

/** How long `close` waits for what is under way. */
const CLOSE_WITHIN = '5s'
/** How long `ready` tries to reach Redis. */
const READY_WITHIN = '10s'

/**
 * A cache of many tiers: this process, Redis, and the loaders behind them, kept coherent between all
 * instances with the same namespace. Made by `createCache`.
 *
 * No method throws because Redis is unwell. Bad arguments reject with a `ConfigError`.
 */
export class Cache implements AsyncDisposable {
  readonly #engine: Engine
  readonly #prefix: string
  readonly #tags: readonly string[]
  readonly #family: Family
  readonly #policies: Policies
  readonly #isCloned: boolean
  // What an L1 hit needs, one step away.
  readonly #l1: L1
  readonly #clock: Clock
  readonly #counters: ReadCounters

  /** @internal Use `createCache`, or `namespace`. */
  constructor(
    engine: Engine,
    prefix = '',
    tags: readonly string[] = [],
    family: Family = engine.context.families[0],
    life?: ResolvedLife,
  ) {
    const { context } = engine
    this.#engine = engine
    this.#prefix = prefix
    this.#tags = tags
    this.#family = family
    this.#policies = new Policies(family, tags, life)
    this.#isCloned = family.settings.isolation === 'clone'
    this.#l1 = engine.l1
    this.#clock = context.clock
    this.#counters = family.reads
  }

  /**
   * The value of `key`: from L1, else from L2, else from `loader`, which runs once for all who ask
   * meanwhile, here and on the other instances. A load that an invalidation overtakes is not kept.
   *
   * @throws the loader's own error, if nothing may be served instead; `LoadTimeoutError`
   * @example
   * const user = await cache.getOrSet('user:42', () => db.user(42), { ttl: '1h', tags: ['org:7'] })
   */
  getOrSet<T>(key: string, loader: Loader<T>, options?: ReadOptions): Promise<T> {
    const entry = this.fresh(key)
    if (entry !== undefined) return this.answer(entry) as Promise<T>
    if (typeof loader !== 'function') return Promise.reject(notALoader(loader))
    return this.read(key, loader as Loader<unknown>, options) as Promise<T>
  }

  /** The value of `key` if it is fresh in L1 or L2, else `undefined`. */
  get<T = unknown>(key: string, options?: ReadOptions): Promise<T | undefined> {
    const entry = this.fresh(key)
    return (
      entry === undefined ? this.read(key, undefined, options) : this.answer(entry)
    ) as Promise<T | undefined>
  }

  /** The value of `key` if it is fresh in L1: at once, without a promise. */
  peek<T = unknown>(key: string): T | undefined {
    const entry = this.fresh(key) ?? this.#freshStill(key)
    return (this.#isCloned ? structuredClone(entry?.value) : entry?.value) as T | undefined
  }

  /** Whether `get` would find a value. */
  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined
  }

  /** The values that `get` would find, by their keys; one round trip for all. */
  async getMany<T = unknown>(
    keys: readonly string[],
    options?: ReadOptions,
  ): Promise<Map<string, T>> {
    return this.readMany(keys, undefined, options) as Promise<Map<string, T>>
  }

  /**
   * The values of `keys`, as `getOrSet` would give each; those that are missing are loaded by one
   * call of `loader`. Keys that it does not answer are absent from the result.
   *
   * @throws {BulkLoadError} if there is a key that failed and for which nothing may be served instead:
   * with the values of the others, and the error of each. Never with `settle: true`, which answers both.
   */
  getOrSetMany<T>(
    keys: readonly string[],
    loader: BulkLoader<T>,
    options: ReadManyOptions & { readonly settle: true },
  ): Promise<Map<string, PromiseSettledResult<T>>>
  getOrSetMany<T>(
    keys: readonly string[],
    loader: BulkLoader<T>,
    options?: ReadManyOptions,
  ): Promise<Map<string, T>>
  async getOrSetMany<T>(
    keys: readonly string[],
    loader: BulkLoader<T>,
    options?: ReadManyOptions,
  ): Promise<Map<string, T> | Map<string, PromiseSettledResult<T>>> {
    if (typeof loader !== 'function') throw notALoader(loader)
    const { settle, maxBatch, rest } = manyOptions(options)
    const found = (await this.#readSettled(keys, loader, rest, undefined, maxBatch)) as Found<T>
    return settle ? settled(found) : unlessFailed(found)
  }

  /**
   * Brings `keys` into L1, from L2 or by `loader`; without one, what L2 does not have is left out. Keys may
   * come from an async iterable of any length: only so many are in memory at once.
   *
   * @throws {ConfigError} for a bad key; the signal's reason; a key whose load fails is counted, not thrown
   * @example
   * await cache.warm(snapshot) // of another instance's `hottest`
   */
  warm(
    keys: Keys,
    loader?: BulkLoader<unknown>,
    { concurrency, batch, onProgress, signal, ...options }: WarmOptions & CallOptions = {},
  ): Promise<WarmProgress> {
    const read = { concurrency, batch, onProgress, signal } as WarmOptions
    return warmThrough(
      keys,
      (portion) => this.#readSettled(portion, loader, options, undefined, Infinity),
      read,
    )
  }

  /**
   * Keys that L1 would answer now, those that were used last first: as data, for another instance to
   * `warm` itself with. No values: those come from L2 or a loader, so that no snapshot can be stale.
   * Of a cache all keys, also of its namespaces and families; with a loader, warm those by their own.
   */
  hottest(most: number): readonly string[] {
    const found: string[] = []
    for (const name of this.#l1.keys()) {
      if (found.length >= most) break
      if (!name.startsWith(this.#prefix)) continue
      const key = name.slice(this.#prefix.length)
      if (this.#freshStill(key) !== undefined) found.push(key)
    }
    return found
  }

  /** Stores a value in both tiers; the other instances drop theirs. The last writer in Redis' order wins. */
  async set(key: string, value: unknown, options: SetOptions = NO_OPTIONS): Promise<Receipt> {
    return this.setMany([[key, value]], options)
  }

  /** Stores values in both tiers, as `set`. */
  async setMany(
    entries: Iterable<readonly [string, unknown]>,
    options: SetOptions = NO_OPTIONS,
  ): Promise<Receipt> {
    return this.writeMany(entries, options)
  }

  /** @internal As `setMany`; `tagsOf` gives the tags of each entry. */
  async writeMany(
    entries: Iterable<readonly [string, unknown]>,
    options: SetOptions = NO_OPTIONS,
    tagsOf?: TagsOf,
  ): Promise<Receipt> {
    const named = [...entries].map(([key, value]) => [this.#name(key), value] as const)
    const policyOf = this.#policyOf(this.#setPolicy(options), tagsOf)
    return this.#engine.writer.set(named, policyOf, options)
  }

  /**
   * Changes the value of `key` by what it is: `fn` gets the value, or `undefined`, and returns the new
   * one, or `undefined` to leave it. Nothing that others store meanwhile is lost: then `fn` is called
   * again with that. It must not change the value that it is given.
   *
   * @returns the value that is stored then
   * @throws {UpdateConflictError} when others changed it in every attempt; `UpdateTimeoutError`;
   *   `TierError` while Redis is away; what `fn` throws
   * @example
   * await cache.update('cart:7', (cart = { items: [] }) => ({ items: [...cart.items, 'apple'] }))
   */
  async update<T>(
    key: string,
    fn: (value: T | undefined) => T | undefined | Promise<T | undefined>,
    options: UpdateOptions = NO_OPTIONS,
  ): Promise<T | undefined> {
    const name = this.#name(key)
    if (typeof fn !== 'function') throw new ConfigError(`fn must be a function (got ${typeof fn})`)
    const { life, bounds } = updateBounds(options)
    const updating = this.#engine.updater.update(name, fn as never, this.#policies.of(life), bounds)
    const value = await updating
    return (this.#isCloned ? structuredClone(value) : value) as T | undefined
  }

  /**
   * Adds `by` to the number of `key`, in Redis and in one round trip; where there is none it begins at
   * `initial`. Its `ttl` counts from then.
   *
   * @returns the sum
   * @throws {CounterError} when what is stored is no number, or the sum is beyond ±(2^53 − 1);
   *   `TierError` while Redis is away
   */
  async increment(key: string, by = 1, options: CountOptions = NO_OPTIONS): Promise<number> {
    const name = this.#name(key)
    if (!Number.isFinite(by)) throw new ConfigError(`by must be a finite number (got ${by})`)
    const { life, rules } = countRules(options)
    return this.#engine.counter.add(name, by, this.#policies.of(life), rules)
  }

  /** Takes `by` from the number of `key`, as `increment` adds. */
  async decrement(key: string, by = 1, options: CountOptions = NO_OPTIONS): Promise<number> {
    return this.increment(key, -by, options)
  }

  /**
   * A writer of values to the source of truth and this cache: through it, with the source first; or
   * behind it, with the source later, from a queue in Redis that outlives every instance.
   *
   * @throws {ConfigError} for a bad option, or a name that another writer behind this cache has
   * @example
   * const users = cache.writer<User>({ name: 'users', write: (writes) => db.upsert(writes) })
   * await users.set('user:42', user)
   */
  writer<T = unknown>(options: WriterOptions<T>): SourceWriter<T> {
    this.#checkOpen()
    const { rules, life } = resolveWriter(options)
    const scope = { prefix: this.#prefix, name: (key: string) => this.#name(key) }
    return openWriter<T>(this.#engine, rules, this.#policies.of(life), scope)
  }

  /**
   * Drops `key` on every instance and in L2. What was being loaded for it can't bring it back.
   *
   * @example
   * await db.updateUser(42, changes)
   * await cache.delete('user:42')
   */
  async delete(key: string, options: InvalidateOptions = NO_OPTIONS): Promise<Receipt> {
    return this.#engine.writer.delete([this.#name(key)], checkedWrite(options))
  }

  /** Drops `keys`, as `delete`. */
  async deleteMany(
    keys: readonly string[],
    options: InvalidateOptions = NO_OPTIONS,
  ): Promise<Receipt> {
    return this.#engine.writer.delete(this.#names(keys), checkedWrite(options))
  }

  /** Makes `key` stale everywhere: loaded anew by the next read, but kept for its grace. */
  async expire(key: string, options: InvalidateOptions = NO_OPTIONS): Promise<Receipt> {
    return this.#engine.writer.expire([this.#name(key)], checkedWrite(options))
  }

  /** Drops every entry that carries one of `tags`, in all namespaces of this cache, however many there are. */
  async invalidateTags(
    tags: readonly string[],
    options: InvalidateOptions = NO_OPTIONS,
  ): Promise<Receipt> {
    this.#checkOpen()
    checkTags(tags)
    const all = this.#engine.context.settings.tagDependencies.expand(tags)
    return this.#engine.writer.invalidateTags(all, checkedWrite(options))
  }

  /** @internal Drops what carries a tag that no caller can name. */
  async invalidateImplied(tag: string, options: WriteOptions = NO_OPTIONS): Promise<Receipt> {
    this.#checkOpen()
    return this.#engine.writer.invalidateTags([tag], checkedWrite(options))
  }

  /**
   * Drops every key that matches `pattern`, in which `*` stands for any characters. What is covered by
   * families is their `invalidate`, at once; anything else is a sweep through the keys of Redis, in
   * small steps, never `KEYS`. When it resolves, nothing is left that was stored or began to be loaded
   * before the call; what is stored meanwhile may be dropped too.
   *
   * @throws {TierError} if Redis did not answer; what was dropped until then stays so
   */
  async invalidatePattern(
    pattern: string,
    options: PatternOptions = NO_OPTIONS,
  ): Promise<PatternReceipt> {
    this.#checkOpen()
    return invalidatePattern(this.#engine, this.#prefix, pattern, options)
  }

  /**
   * Changes the source, and invalidates what the change is about so that not even the crash of this
   * process between the two leaves an old value behind: from before `mutation` begins until it is over
   * `keys`, and whatever carries one of `tags`, are stored in no tier, and every read of them is a load.
   *
   * If this process dies, that lasts until `timeout` and five seconds are over; the source has to have
   * ended the transaction by then. Redis must not have lost the intent: it evicts one only under an
   * `allkeys` policy, and a fail-over may lose it. Either makes this what `delete` before and after is.
   * A `set` by others meanwhile is stored, and dropped at the end.
   *
   * @returns what `mutation` returns, once what it changed is invalidated
   * @throws {TierError} without running `mutation`, if Redis does not take the intent (see `whenAway`);
   *   what `mutation` throws, after the invalidation
   * @example
   * await cache.mutate({ keys: ['user:42'] }, ({ signal }) => db.updateUser(42, changes, { signal }))
   */
  async mutate<T>(
    { keys = [], tags = [] }: MutateTargets,
    mutation: (context: MutationContext) => T | Promise<T>,
    options: MutateOptions = NO_OPTIONS,
  ): Promise<T> {
    const names = this.#names(keys)
    checkTags(tags)
    knownOnly('options', options, ['timeout', 'whenAway'])
    if (typeof mutation !== 'function') {
      throw new ConfigError(`the mutation must be a function (got ${typeof mutation})`)
    }
    return this.#engine.mutator.mutate(names, tags, mutation, options)
  }

  /** Drops every entry of this namespace, however many there are. */
  async clear(options: InvalidateOptions = NO_OPTIONS): Promise<Receipt> {
    this.#checkOpen()
    const own = this.#tags.at(-1)
    return own === undefined
      ? this.#engine.writer.clear(checkedWrite(options))
      : this.invalidateImplied(own, options)
  }

  /**
   * The part of this cache whose keys begin with `name:`. Its `clear` drops what was stored through it,
   * and nothing else.
   *
   * @throws {ConfigError} for a bad name
   */
  namespace(name: string): Cache {
    checkName('a namespace', name)
    const prefix = `${this.#prefix}${name}:`
    return new Cache(this.#engine, prefix, [...this.#tags, namespaceTag(prefix)])
  }

  /**
   * A family of keys, from a template like `user:{id}` that names their parameters, with options, tags
   * and loaders of its own. Declare each once, when the program starts; the same declaration again
   * gives the same keyspace.
   *
   * `{id}` takes a string, number, bigint or boolean; `{id:number}`, and so on, one of them; and
   * `{query:hash}` any plain data, of which a hash is in the key.
   *
   * @throws {ConfigError} for a bad template or option, or if another family could make one of its keys
   * @example
   * const users = cache.keyspace('user:{id}', { ttl: '1h', load: ({ id }) => db.user(id) })
   * const user = await users.get({ id: 42 })
   */
  keyspace<const Template extends string, Value>(
    template: Template,
    options: With<'load', Template, Value>,
  ): Keyspace<Template, Value, Value>
  keyspace<const Template extends string, Value>(
    template: Template,
    options: With<'loadMany', Template, Value>,
  ): Keyspace<Template, Value>
  keyspace<const Template extends string, Value = unknown>(
    template: Template,
    options?: KeyspaceOptions<Template, Value>,
  ): Keyspace<Template, Value>
  keyspace(template: string, options: KeyspaceOptions = NO_OPTIONS): Keyspace {
    this.#checkOpen()
    return declareKeyspace(this.#engine, this.#prefix, this.#tags, template, options)
  }

  /**
   * `fn` with its results cached: with the same arguments, `this` and result, as a promise.
   *
   * @throws {ConfigError} as `keyspace`, for a key that is a template
   * @example
   * const findUser = cache.wrap((id: number) => db.user(id), { key: 'user:{0}', ttl: '1h' })
   */
  wrap<This, Args extends readonly unknown[], Value>(
    fn: Cacheable<This, Args, Value>,
    options: WrapOptions<This, Args>,
  ): Wrapped<This, Args, Value> {
    return wrap(this, fn, options)
  }

  /**
   * Resolves once Redis is reached. Reads need not wait for it: they go to their loaders meanwhile.
   *
   * @throws {TierError} why it was not reached `within` the time (10 s)
   */
  async ready({ within = READY_WITHIN }: { readonly within?: Duration } = {}): Promise<void> {
    this.#checkOpen()
    await this.#engine.ready(milliseconds('within', within))
  }

  /** Names this cache among those of the process: records on the channels carry it. A namespace has the same. */
  get id(): string {
    return this.#engine.context.settings.cache
  }

  get isClosed(): boolean {
    return this.#engine.isClosed
  }

  /** Counters since the cache was made, and its state now; of the whole cache, also for a namespace. */
  stats(): CacheStats {
    return statsOf(this.#engine)
  }

  /**
   * Waits for what is under way, at most `within`, and ends the connections that were opened here.
   * A namespace of a cache closes the whole cache.
   */
  async close({ within = CLOSE_WITHIN }: { readonly within?: Duration } = {}): Promise<void> {
    await this.#engine.close(milliseconds('within', within))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal The L1 hit. Everything else on the read path begins where this ends. */
  fresh(key: string): Entry | undefined {
    const entry = this.#l1.get(this.#prefix === '' ? key : this.#prefix + key)
    if (entry === undefined) return undefined
    const now = this.#clock.now()
    if (now >= entry.hitUntil || !isServable(entry, now)) return undefined
    if (readChannel.hasSubscribers)
      this.#engine.context.report.read(this.#family, this.#prefix + key, 'hit-l1', now)
    else this.#counters.hitL1++
    return entry
  }

  /** What is fresh, although a read would do more than answer. */
  #freshStill(key: string): Entry | undefined {
    const entry = this.#l1.peek(this.#prefix + key)
    const now = this.#clock.now()
    if (entry === undefined || now >= entry.freshUntil || !isServable(entry, now)) return undefined
    return now - entry.at < this.#engine.context.settings.l1Ttl ? entry : undefined
  }

  /** @internal */
  answer(entry: Entry): Promise<unknown> {
    return Promise.resolve(this.#isCloned ? structuredClone(entry.value) : entry.value)
  }

  /** @internal What L1 has not. `tagsOf` gives the entry's own tags. */
  read(
    key: string,
    loader?: Loader<unknown>,
    options?: ReadOptions,
    tagsOf?: TagsOf,
  ): Promise<unknown> {
    try {
      const name = this.#name(key)
      const { signal, policy: common } = this.#readPolicy(options)
      const policy = this.#policyOf(common, tagsOf)(name)
      const reading = this.#engine.reader.read({
        shard: this.#engine.shardOf(name),
        key: name,
        loader,
        policy,
        policies: this.#policies,
        isGathered: false,
        onWait: undefined,
      })
      const value = abortable(reading, signal)
      return this.#isCloned ? value.then((read) => structuredClone(read)) : value
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** @internal As `getOrSetMany`; `tagsOf` gives the tags of each entry. */
  async readMany(
    keys: readonly string[],
    loader: BulkLoader<unknown> | undefined,
    options: ReadOptions | undefined,
    tagsOf?: TagsOf,
  ): Promise<Map<string, unknown>> {
    return unlessFailed(await this.#readSettled(keys, loader, options, tagsOf, Infinity))
  }

  async #readSettled(
    keys: readonly string[],
    loader: BulkLoader<unknown> | undefined,
    options: ReadOptions | undefined,
    tagsOf: TagsOf | undefined,
    maxBatch: number,
  ): Promise<Found<unknown>> {
    this.#checkOpen()
    checkKeys(keys)
    const { signal, policy } = this.#readPolicy(options)
    const found = new Map<string, unknown>()
    const errors = new Map<string, unknown>()
    const missing: string[] = []
    for (const key of new Set(keys)) {
      const entry = this.fresh(key)
      found.set(key, entry?.value) // what is missing has its place too: the order is that of `keys`
      if (entry === undefined) missing.push(key)
    }
    if (missing.length > 0) {
      const reading = readManyThrough(this.#engine.context, this.#engine.reader, {
        keys: this.#names(missing),
        shardOf: (key) => this.#engine.shardOf(key),
        loader: loader === undefined ? undefined : unprefixed(loader, this.#prefix),
        maxBatch,
        policyOf: this.#policyOf(policy, tagsOf),
        policies: this.#policies,
      })
      const results = await abortable(reading, signal)
      for (const [i, result] of results.entries()) {
        const key = missing[i] as string
        if (result.status === 'fulfilled') found.set(key, result.value)
        else errors.set(key, result.reason)
      }
    }
    for (const [key, value] of found) {
      if (value === undefined) found.delete(key)
      else if (this.#isCloned) found.set(key, structuredClone(value))
    }
    return { values: found, errors }
  }

  /** `policy`, with the tags of each entry's own if there are any. */
  #policyOf(policy: Policy, tagsOf: TagsOf | undefined): (name: string) => Policy {
    if (tagsOf === undefined) return () => policy
    const { length } = this.#prefix
    return (name) => this.#policies.over(policy, { tags: tagsOf(name.slice(length)) })
  }

  #name(key: string): string {
    this.#checkOpen()
    checkName('a key', key)
    return this.#prefix + key
  }

  #names(keys: readonly string[]): readonly string[] {
    checkKeys(keys)
    return keys.map((key) => this.#name(key))
  }

  #checkOpen(): void {
    if (this.#engine.isClosed) throw new ClosedError()
  }

  #readPolicy(options: ReadOptions | undefined): {
    signal?: AbortSignal
    policy: ReturnType<Policies['of']>
  } {
    if (typeof options !== 'object' || options === null || !('signal' in options)) {
      return { policy: this.#policies.of(options) }
    }
    const { signal, ...rest } = options
    const policy = this.#policies.of(rest)
    if (signal === undefined) return { policy }
    signal.throwIfAborted()
    return { signal, policy }
  }

  #setPolicy(options: SetOptions): ReturnType<Policies['of']> {
    if (options === NO_OPTIONS) return this.#policies.standard
    if (typeof options !== 'object' || options === null || !('strict' in options)) {
      return this.#policies.of(options)
    }
    const { strict: _, ...rest } = options
    return this.#policies.of(rest)
  }
}

/** How a read of many keys ended. */
interface Found<T> {
  readonly values: Map<string, T>
  readonly errors: ReadonlyMap<string, unknown>
}

function unlessFailed<T>({ values, errors }: Found<T>): Map<string, T> {
  if (errors.size > 0) throw new BulkLoadError(values, errors)
  return values
}

function settled<T>({ values, errors }: Found<T>): Map<string, PromiseSettledResult<T>> {
  const results = new Map<string, PromiseSettledResult<T>>()
  for (const [key, value] of values) results.set(key, { status: 'fulfilled', value })
  for (const [key, reason] of errors) results.set(key, { status: 'rejected', reason })
  return results
}

/** What is for the read as a whole, and the rest, which is for each key. */
function manyOptions(options: ReadManyOptions | undefined): {
  readonly settle: boolean
  readonly maxBatch: number
  readonly rest: ReadOptions | undefined
} {
  const isPlain = typeof options !== 'object' || options === null
  if (isPlain || !('settle' in options || 'maxBatch' in options)) {
    return { settle: false, maxBatch: Infinity, rest: options }
  }
  const { settle = false, maxBatch = Infinity, ...rest } = options
  if (maxBatch !== Infinity && !(Number.isInteger(maxBatch) && maxBatch >= 1)) {
    throw new ConfigError(`maxBatch must be a whole number from 1 (got ${shown(maxBatch)})`)
  }
  return { settle, maxBatch, rest }
}
