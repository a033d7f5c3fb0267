import { NO_OPTIONS, notALoader } from './arguments.ts'
import type { Duration } from './duration.ts'
import { milliseconds } from './duration.ts'
import { ConfigError } from './errors.ts'
import { declareKeyspace } from './families/declare-keyspace.ts'
import type { KeyspaceOptions, With } from './families/keyspace-options.ts'
import type { Keyspace } from './families/keyspace.ts'
import { SharedSettings } from './families/shared-settings.ts'
import { type Cacheable, type WrapOptions, type Wrapped, wrap } from './families/wrap.ts'
import { type KeyInspection, inspectKey } from './inspect/inspect.ts'
import { type KeyPage, type KeysOptions, listKeys } from './inspect/keys.ts'
import {
  type PatternOptions,
  type PatternReceipt,
  invalidatePattern,
} from './invalidate/invalidate-pattern.ts'
import type { BulkLoader, Loader } from './load/loader.ts'
import { checkName, checkTags } from './names.ts'
import type { CallOptions } from './policy.ts'
import { type Found, settled, unlessFailed } from './read/found.ts'
import { type ReadManyOptions, type ReadOptions, manyOptions } from './read/read-options.ts'
import { type Keys, type WarmOptions, type WarmProgress, warmThrough } from './read/warm.ts'
import type { Scope } from './scope.ts'
import { knownOnly } from './checks.ts'
import { type CacheStats, statsOf } from './stats.ts'
import type { CountOptions } from './write/count.ts'
import type { MutateOptions, MutateTargets, MutationContext } from './write/mutate.ts'
import { sourceWriter } from './write/open-writer.ts'
import { type SourceWriter, type WriterOptions, resolveWriter } from './write/source-writer.ts'
import type { UpdateOptions } from './write/update.ts'
import { type SetOptions, countRules, updateBounds } from './write/write-options.ts'
import type { InvalidateOptions, Receipt } from './write/write.ts'

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
  readonly #scope: Scope

  /** @internal Use `createCache`, or `namespace`. */
  constructor(scope: Scope) {
    this.#scope = scope
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
    const entry = this.#scope.fresh(key)
    if (entry !== undefined) return this.#scope.answer(entry) as Promise<T>
    if (typeof loader !== 'function') return Promise.reject(notALoader(loader))
    return this.#scope.read(key, loader as Loader<unknown>, options) as Promise<T>
  }

  /** The value of `key` if it is fresh in L1 or L2, else `undefined`. */
  get<T = unknown>(key: string, options?: ReadOptions): Promise<T | undefined> {
    const entry = this.#scope.fresh(key)
    if (entry !== undefined) return this.#scope.answer(entry) as Promise<T>
    return this.#scope.read(key, undefined, options) as Promise<T | undefined>
  }

  /** The value of `key` if it is fresh in L1: at once, without a promise. */
  peek<T = unknown>(key: string): T | undefined {
    return this.#scope.peek(key) as T | undefined
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
    return unlessFailed((await this.#scope.readMany(keys, undefined, options)) as Found<T>)
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
    const { settle, maxBatch, each } = manyOptions(options)
    const found = await this.#scope.readMany(keys, loader, each, undefined, maxBatch)
    return settle ? settled(found as Found<T>) : unlessFailed(found as Found<T>)
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
    options?: WarmOptions & CallOptions,
  ): Promise<WarmProgress> {
    return warmThrough(keys, (part, each) => this.#scope.readMany(part, loader, each), options)
  }

  /**
   * Keys that L1 would answer now, those that were used last first: as data, for another instance to
   * `warm` itself with. No values: those come from L2 or a loader, so that no snapshot can be stale.
   * Of a cache all keys, also of its namespaces and families; with a loader, warm those by their own.
   */
  hottest(most: number): readonly string[] {
    return this.#scope.hottest(most)
  }

  /** Stores a value in both tiers; the other instances drop theirs. The last writer in Redis' order wins. */
  async set(key: string, value: unknown, options: SetOptions = NO_OPTIONS): Promise<Receipt> {
    return this.#scope.set([[key, value]], options)
  }

  /** Stores values in both tiers, as `set`. */
  async setMany(
    entries: Iterable<readonly [string, unknown]>,
    options: SetOptions = NO_OPTIONS,
  ): Promise<Receipt> {
    return this.#scope.set(entries, options)
  }

  /**
   * Changes the value of `key` by what it is: `fn` gets the value, or `undefined`, and returns the new
   * one, or `undefined` to leave it. Nothing that others store meanwhile is lost: then `fn` is called
   * again with that. It must not change the value that it is given, nor read the source: what is absent
   * here is loaded by `getOrSet`, which notices that it was invalidated meanwhile.
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
    const { engine, policies } = this.#scope
    const name = this.#scope.name(key)
    if (typeof fn !== 'function') throw new ConfigError(`fn must be a function (got ${typeof fn})`)
    const { life, bounds } = updateBounds(options)
    const value = await engine.updater.update(name, fn as never, policies.of(life), bounds)
    return this.#scope.copy(value) as T | undefined
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
    const { engine, policies } = this.#scope
    const name = this.#scope.name(key)
    if (!Number.isFinite(by)) throw new ConfigError(`by must be a finite number (got ${by})`)
    const { life, rules } = countRules(options)
    return engine.counter.add(name, by, policies.of(life), rules)
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
    this.#scope.checkOpen()
    const { rules, life } = resolveWriter(options)
    return sourceWriter<T>(this.#scope, rules, this.#scope.policies.of(life))
  }

  /**
   * Drops `key` on every instance and in L2. What was being loaded for it can't bring it back.
   *
   * @example
   * await db.updateUser(42, changes)
   * await cache.delete('user:42')
   */
  async delete(key: string, options: InvalidateOptions = NO_OPTIONS): Promise<Receipt> {
    return this.#scope.delete([key], options)
  }

  /** Drops `keys`, as `delete`. */
  async deleteMany(
    keys: readonly string[],
    options: InvalidateOptions = NO_OPTIONS,
  ): Promise<Receipt> {
    return this.#scope.delete(keys, options)
  }

  /** Makes `key` stale everywhere: loaded anew by the next read, but kept for its grace. */
  async expire(key: string, options: InvalidateOptions = NO_OPTIONS): Promise<Receipt> {
    return this.#scope.expire([key], options)
  }

  /** Drops every entry that carries one of `tags`, in all namespaces of this cache, however many there are. */
  async invalidateTags(
    tags: readonly string[],
    options: InvalidateOptions = NO_OPTIONS,
  ): Promise<Receipt> {
    checkTags(tags)
    const { tagDependencies } = this.#scope.engine.context.settings
    return this.#scope.invalidateTags(tagDependencies.expand(tags), options)
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
    this.#scope.checkOpen()
    return invalidatePattern(this.#scope.engine, this.#scope.prefix, pattern, options)
  }

  /**
   * Changes the source, and invalidates what the change is about so that not even the crash of this
   * process between the two leaves an old value behind: from before `mutation` begins until it is over
   * `keys`, and whatever carries one of `tags`, are stored in no tier, and every read of them is a load.
   *
   * If this process dies, that lasts until `timeout` and five seconds are over; the source has to have
   * ended the transaction by then. Redis must not have lost the intent: it evicts one only under an
   * `allkeys` policy, and a fail-over may lose it. Either makes this what `delete` before and after is.
   * A `set` by others meanwhile is stored, and dropped at the end; an `update` or `increment` waits, as
   * long as it may.
   *
   * @returns what `mutation` returns, once what it changed is invalidated
   * @throws {TierError} without running `mutation`, if Redis does not take the intent (see `whenAway`);
   *   what `mutation` throws, after the invalidation
   * @example
   * await cache.mutate({ keys: ['user:42'] }, ({ signal }) => db.updateUser(42, changes, { signal }))
   */
  async mutate<T>(
    targets: MutateTargets,
    mutation: (context: MutationContext) => T | Promise<T>,
    options: MutateOptions = NO_OPTIONS,
  ): Promise<T> {
    this.#scope.checkOpen()
    knownOnly('targets', targets, ['keys', 'tags'])
    const { keys = [], tags = [] } = targets
    return this.#scope.engine.mutator.mutate(this.#scope.names(keys), tags, mutation, options)
  }

  /** Drops every entry of this namespace, however many there are. */
  async clear(options: InvalidateOptions = NO_OPTIONS): Promise<Receipt> {
    return this.#scope.clear(options)
  }

  /**
   * The part of this cache whose keys begin with `name:`. Its `clear` drops what was stored through it,
   * or through a namespace in it, and nothing else.
   *
   * It is a prefix, not a wall: `namespace('a').get('k')` and `get('a:k')` of the cache are the same key, and
   * `namespace('a:b')` is `namespace('a').namespace('b')`. But what the cache itself stores as `a:k` carries
   * no mark of the namespace, so `namespace('a').clear()` leaves it. Store a key in one of the two ways.
   *
   * @throws {ConfigError} for a bad name
   */
  namespace(name: string): Cache {
    checkName('a namespace', name)
    return new Cache(this.#scope.namespace(name))
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
    this.#scope.checkOpen()
    return declareKeyspace(this.#scope, template, options)
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
    this.#scope.checkOpen()
    await this.#scope.engine.ready(milliseconds('within', within))
  }

  /** Names this cache among those of the process: records on the channels carry it. A namespace has the same. */
  get id(): string {
    return this.#scope.engine.context.settings.cache
  }

  get isClosed(): boolean {
    return this.#scope.engine.isClosed
  }

  /**
   * A page of the keys that are stored: in L2, by steps of bounded work; without Redis those of L1. Among them
   * are some that are no longer served; `inspect` tells which.
   *
   * @throws {TierError} if Redis did not answer; {ConfigError} for a bad option
   * @example
   * const { keys, cursor } = await cache.keys({ pattern: 'user:*' })
   */
  async keys(options: KeysOptions = NO_OPTIONS): Promise<KeyPage> {
    this.#scope.checkOpen()
    return listKeys(this.#scope.engine, this.#scope.prefix, options)
  }

  /** What both tiers have under `key`, and with `value` what it is: looked at, not read. */
  async inspect(
    key: string,
    { value = false }: { readonly value?: boolean } = {},
  ): Promise<KeyInspection> {
    return inspectKey(this.#scope.engine, key, this.#scope.name(key), value)
  }

  /** The families that were declared in this namespace and below it, by their names. */
  get keyspaces(): ReadonlyMap<string, Keyspace> {
    const { engine, prefix } = this.#scope
    return engine.families.below(prefix)
  }

  /**
   * Settings of your own that hold for all instances, under `name`: `listener` is told what was said last, once
   * that is known and whenever it may have changed; `{}` is nothing. Declare each once, when the program starts.
   *
   * @throws {ConfigError} for a bad name, or more than 10,000 of them
   */
  sharedSettings<T extends object>(
    name: string,
    listener: (said: Partial<T>) => void,
  ): SharedSettings<T> {
    const { engine, prefix } = this.#scope
    checkName('the name of settings', prefix + name)
    return new SharedSettings(engine.live, prefix + name, listener)
  }

  /** Counters since the cache was made, and its state now; of the whole cache, also for a namespace. */
  stats(): CacheStats {
    return statsOf(this.#scope.engine)
  }

  /**
   * Waits for what is under way, at most `within`, and ends the connections that were opened here.
   * A namespace of a cache closes the whole cache.
   *
   * What waits for Redis to be back is brought there if it answers now. Else it is lost: counted by
   * `stats().coherence.outboxDropped`, and reported on `tiercel:tier` as an error. Other instances may then
   * serve what they have until its ttl, and a value that was `set` with the receipt `'here'` is nowhere.
   */
  async close({ within = CLOSE_WITHIN }: { readonly within?: Duration } = {}): Promise<void> {
    await this.#scope.engine.close(milliseconds('within', within))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
