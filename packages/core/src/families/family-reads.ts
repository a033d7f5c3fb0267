import type { Loader } from '../load/loader.ts'
import type { Found } from '../read/found.ts'
import type { ReadOptions } from '../read/read-options.ts'
import type { Scope } from '../scope.ts'
import type { FamilyKeys, Params } from './family-keys.ts'
import { type FamilyLoaders, foundIn, loadAlone, valueOf } from './family-loaders.ts'
import type { KeyspaceOptions } from './keyspace-options.ts'
import type { KeyspaceSettings } from './live-options.ts'
import { TickGather } from './tick-gather.ts'

/** How a family is handled now: its settings can change, and its scope with them. */
export interface FamilyNow {
  scope: Scope
  settings: KeyspaceSettings
}

/** Reads of one family, by parameters: through the cache, or past it where nothing is kept. */
export class FamilyReads {
  readonly #now: FamilyNow
  readonly #keys: FamilyKeys
  readonly #loaders: FamilyLoaders
  readonly #gather: TickGather | undefined

  constructor(
    now: FamilyNow,
    keys: FamilyKeys,
    loaders: FamilyLoaders,
    { gather }: Pick<KeyspaceOptions, 'gather'>,
  ) {
    const { engine, prefix } = now.scope
    this.#now = now
    this.#keys = keys
    this.#loaders = loaders
    this.#gather = gather === true ? new TickGather(engine.context, loaders, prefix) : undefined
  }

  // An L1 hit costs the key and one look-up; the loader is made for a miss alone.
  one(
    params: Params,
    loader: Loader<unknown> | undefined,
    options: ReadOptions | undefined,
  ): Promise<unknown> {
    let key: string
    try {
      key = this.#keys.one(params)
    } catch (error) {
      return Promise.reject(error)
    }
    const { scope, settings } = this.#now
    const entry = settings.enabled ? scope.fresh(key) : undefined
    if (entry !== undefined) return scope.answer(entry)
    const own = loader ?? this.#loaders.one(params)
    if (!settings.enabled) {
      if (own === undefined) return Promise.resolve(undefined)
      const load = (signal: AbortSignal): unknown => own({ key, signal, stale: undefined })
      return this.#past(key, load, options).then(valueOf)
    }
    const { tagsOf: ofParams } = this.#keys
    const tagsOf = ofParams && (() => ofParams(params))
    if (loader !== undefined || this.#gather === undefined) {
      return scope.read(key, own, options, tagsOf)
    }
    const { load, leaveOut } = this.#gather.join(key, params)
    const reading = scope.read(key, load, options, tagsOf, leaveOut)
    reading.then(leaveOut, leaveOut)
    return reading
  }

  /** How the reads of `params` ended, by their keys. */
  async many(
    params: readonly Params[],
    options: ReadOptions | undefined,
    maxBatch: number,
  ): Promise<Found<unknown>> {
    const byKey = this.#keys.byKey(params)
    if (this.#loaders.isOneByOne) return this.#oneByOne(byKey, options)
    const { scope, settings } = this.#now
    const keys = [...byKey.keys()]
    const loader = this.#loaders.many(byKey)
    if (settings.enabled) {
      return scope.readMany(keys, loader, options, this.#keys.tagsBy(byKey), maxBatch)
    }
    const load = (signal: AbortSignal): unknown => loader?.(keys, { signal })
    const answers = await this.#past(this.#loaders.name, load, options)
    return foundIn(keys, new Map(answers as Iterable<readonly [string, unknown]> | undefined))
  }

  /** As `many`, for the sake of what is kept. */
  async warm(params: readonly Params[], options: ReadOptions): Promise<Found<unknown>> {
    if (this.#now.settings.enabled) return this.many(params, options, this.#loaders.maxBatch)
    return foundIn([...new Set(this.#keys.all(params))], new Map())
  }

  /** All have settled before a failure is told, so that no load is left without an owner. */
  async #oneByOne(
    byKey: ReadonlyMap<string, Params>,
    options: ReadOptions | undefined,
  ): Promise<Found<unknown>> {
    const results = await Promise.allSettled(
      Array.from(byKey.values(), (params) => this.one(params, undefined, options)),
    )
    const values = new Map<string, unknown>()
    const errors = new Map<string, unknown>()
    for (const [i, key] of [...byKey.keys()].entries()) {
      const result = results[i] as PromiseSettledResult<unknown>
      if (result.status === 'rejected') errors.set(key, result.reason)
      else if (result.value !== undefined) values.set(key, result.value)
    }
    return { asked: byKey.size, values, errors }
  }

  async #past<T>(
    key: string,
    load: (signal: AbortSignal) => T | Promise<T>,
    options: ReadOptions | undefined,
  ): Promise<T> {
    const { scope, settings } = this.#now
    scope.checkOpen()
    const { clock } = scope.engine.context
    return loadAlone(clock, key, load, settings.hardTimeout, options?.signal)
  }
}
