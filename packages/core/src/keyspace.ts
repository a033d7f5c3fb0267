import type { Codec } from '@tiercel/serializers'
import type { Cache, ReadOptions, SetOptions } from './cache.ts'
import { ConfigError } from './errors.ts'
import type { Family } from './family.ts'
import type { ParamsOf, ParsedParamsOf } from './key-params.ts'
import type { KeyTemplate } from './key-template.ts'
import type { BulkLoader, Loaded, Loader, LoaderContext } from './loader.ts'
import type { L1Options, LifeOptions } from './options.ts'
import { type FamilyStats, familyStatsOf } from './stats.ts'
import type { Receipt, WriteOptions } from './write.ts'

/** What holds for all keys of a family. What is absent is the cache's. */
export interface KeyspaceOptions<
  Template extends string = string,
  Value = unknown,
> extends LifeOptions {
  /** Raised when values get another shape: keys end in `@` and it, so that no release reads another's. */
  readonly version?: number
  /** Labels of each entry, or what gives them from its parameters. */
  readonly tags?: readonly string[] | ((params: ParamsOf<Template>) => readonly string[])
  /** How values become bytes. @default that of the cache, `l2.codec` */
  readonly codec?: Codec
  /** As `l1.isolation`. @default that of the cache */
  readonly isolation?: NonNullable<L1Options['isolation']>
  /** Fetches one value from the source of truth. */
  readonly load?: (
    params: ParamsOf<Template>,
    context: LoaderContext<Value>,
  ) => Value | Loaded<Value> | Promise<Value | Loaded<Value>>
  /** Fetches many; answers in the order of `params`, `undefined` where there is none. */
  readonly loadMany?: (
    params: readonly ParamsOf<Template>[],
    context: { readonly signal: AbortSignal },
  ) => LoadedMany<Value> | Promise<LoadedMany<Value>>
}

/** The options of a keyspace, one of them for certain. */
export type With<
  Option extends keyof KeyspaceOptions,
  Template extends string,
  Value,
> = KeyspaceOptions<Template, Value> & Required<Pick<KeyspaceOptions<Template, Value>, Option>>

/** Values in the order in which they were asked for. */
export type LoadedMany<Value> = readonly (Value | Loaded<Value> | undefined)[]

/** What a keyspace is put together from. */
export interface KeyspaceParts {
  /** The part of the cache that has the family's policies. */
  readonly cache: Cache
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
  readonly #cache: Cache
  readonly #family: Family
  readonly #template: KeyTemplate
  readonly #tag: string
  readonly #options: KeyspaceOptions
  readonly #tagsOf: ((params: object) => readonly string[]) | undefined
  readonly #hasLoader: boolean

  /** @internal Use `cache.keyspace`. */
  constructor({ cache, family, template, tag, options }: KeyspaceParts) {
    const { tags, load, loadMany } = options
    this.#cache = cache
    this.#family = family
    this.#template = template
    this.#tag = tag
    this.#options = options
    this.#tagsOf =
      typeof tags === 'function' ? (tags as (params: object) => readonly string[]) : undefined
    this.#hasLoader = load !== undefined || loadMany !== undefined
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
    return this.#read(params, undefined, options) as Promise<Read>
  }

  /** The same with a loader of this call's own. */
  getOrSet<T extends Value>(
    params: ParamsOf<Template>,
    loader: Loader<T>,
    options?: ReadOptions,
  ): Promise<T> {
    return this.#read(params, loader as Loader<unknown>, options) as Promise<T>
  }

  /** The values in the order of `params`; what is missing is loaded by one call of `loadMany`. */
  async getMany(
    params: readonly ParamsOf<Template>[],
    options?: ReadOptions,
  ): Promise<(Value | undefined)[]> {
    if (!Array.isArray(params))
      throw new ConfigError(`params must be an array (got ${typeof params})`)
    const byKey = new Map<string, ParamsOf<Template>>()
    const keys = params.map((each: ParamsOf<Template>) => {
      const key = this.#template.key(each)
      byKey.set(key, each)
      return key
    })
    const { load, loadMany } = this.#options
    if (load !== undefined && loadMany === undefined) return this.#readEach(params, options)
    const tagsOf = this.#tagsOf
    const values = await this.#cache.readMany(
      [...byKey.keys()],
      this.#bulkLoader(byKey),
      options,
      tagsOf === undefined ? undefined : (key) => tagsOf(byKey.get(key) as object),
    )
    return keys.map((key) => values.get(key) as Value | undefined)
  }

  /** The value of `params` if it is fresh in L1: at once, without a promise. */
  peek(params: ParamsOf<Template>): Value | undefined {
    return this.#cache.peek(this.#template.key(params))
  }

  /** Stores a value in both tiers, as `cache.set`. */
  async set(params: ParamsOf<Template>, value: Value, options?: SetOptions): Promise<Receipt> {
    return this.setMany([[params, value]], options)
  }

  /** Stores values in both tiers, as `cache.setMany`. */
  async setMany(
    entries: Iterable<readonly [ParamsOf<Template>, Value]>,
    options?: SetOptions,
  ): Promise<Receipt> {
    const byKey = new Map<string, ParamsOf<Template>>()
    const named = Array.from(entries, ([params, value]) => {
      const key = this.#template.key(params)
      byKey.set(key, params)
      return [key, value] as const
    })
    const tagsOf = this.#tagsOf
    return this.#cache.writeMany(
      named,
      options,
      tagsOf === undefined ? undefined : (key) => tagsOf(byKey.get(key) as object),
    )
  }

  /** Drops the entry of `params` on every instance and in L2. */
  async delete(params: ParamsOf<Template>, options?: WriteOptions): Promise<Receipt> {
    return this.#cache.delete(this.#template.key(params), options)
  }

  async deleteMany(
    params: readonly ParamsOf<Template>[],
    options?: WriteOptions,
  ): Promise<Receipt> {
    if (!Array.isArray(params))
      throw new ConfigError(`params must be an array (got ${typeof params})`)
    return this.#cache.deleteMany(
      params.map((each: ParamsOf<Template>) => this.#template.key(each)),
      options,
    )
  }

  /** Makes the entry of `params` stale everywhere: loaded anew by the next read, kept for its grace. */
  async expire(params: ParamsOf<Template>, options?: WriteOptions): Promise<Receipt> {
    return this.#cache.expire(this.#template.key(params), options)
  }

  /** Drops every entry of this family, of all versions, however many there are. */
  async invalidate(options?: WriteOptions): Promise<Receipt> {
    return this.#cache.invalidateImplied(this.#tag, options)
  }

  /** How this family's reads ended in this process, since it was declared. */
  stats(): FamilyStats {
    return familyStatsOf(this.#family)
  }

  // An L1 hit costs the key and one look-up; the loader is made for a miss alone.
  #read(
    params: ParamsOf<Template>,
    loader: Loader<unknown> | undefined,
    options: ReadOptions | undefined,
  ): Promise<unknown> {
    let key: string
    try {
      key = this.#template.key(params)
    } catch (error) {
      return Promise.reject(error)
    }
    const entry = this.#cache.fresh(key)
    if (entry !== undefined) return this.#cache.answer(entry)
    const own = loader ?? (this.#hasLoader ? this.#loader(params) : undefined)
    return this.#cache.read(key, own, options, this.#tagsOf && (() => this.#tagsOf!(params)))
  }

  /** All have settled before the first failure rejects, so that no load is left without an owner. */
  async #readEach(
    params: readonly ParamsOf<Template>[],
    options: ReadOptions | undefined,
  ): Promise<(Value | undefined)[]> {
    const settled = await Promise.allSettled(
      params.map((each) => this.#read(each, undefined, options)),
    )
    return settled.map((result) => {
      if (result.status === 'rejected') throw result.reason
      return result.value as Value | undefined
    })
  }

  #loader(params: ParamsOf<Template>): Loader<unknown> {
    const { load, loadMany } = this.#options
    if (load !== undefined) return (context) => load(params as ParamsOf<string>, context)
    return async (context) =>
      inOrder(await loadMany!([params as ParamsOf<string>], context), 1, this.name)[0]
  }

  #bulkLoader(byKey: ReadonlyMap<string, ParamsOf<Template>>): BulkLoader<unknown> | undefined {
    const { loadMany } = this.#options
    if (loadMany === undefined) return undefined
    return async (keys, context) => {
      const params = keys.map((key) => byKey.get(key) as ParamsOf<string>)
      const values = inOrder(await loadMany(params, context), keys.length, this.name)
      return keys.map((key, i) => [key, values[i]] as const)
    }
  }
}

/** @throws {ConfigError} unless there is an answer for each that was asked for. */
function inOrder(values: LoadedMany<unknown>, length: number, name: string): LoadedMany<unknown> {
  if (Array.isArray(values) && values.length === length) return values
  const got = Array.isArray(values) ? `${values.length}` : typeof values
  throw new ConfigError(
    `loadMany of "${name}" must answer an array of ${length} values (got ${got})`,
  )
}
