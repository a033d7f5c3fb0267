import { types } from 'node:util'
import { abortable } from '../abortable.ts'
import type { Clock } from '../clock.ts'
import { ConfigError, LoadTimeoutError } from '../errors.ts'
import type { Params } from './family-keys.ts'
import type { KeyspaceOptions, LoadedMany } from './keyspace-options.ts'
import type { Found } from '../read/found.ts'
import { type BulkLoader, type Loader, loadedOptions, notStale } from '../load/loader.ts'

type Loaders = Pick<KeyspaceOptions, 'load' | 'loadMany' | 'maxBatch'>

/** A family's `load` and `loadMany`, as the loaders of keys that the read path knows. */
export class FamilyLoaders {
  /** Most keys in one call of `loadMany`. */
  readonly maxBatch: number
  readonly name: string
  readonly #load: KeyspaceOptions['load']
  readonly #loadMany: KeyspaceOptions['loadMany']

  constructor(name: string, { load, loadMany, maxBatch = Infinity }: Loaders) {
    this.maxBatch = maxBatch
    this.name = name
    this.#load = load
    this.#loadMany = loadMany
  }

  /** Whether many are loaded each by itself. */
  get isOneByOne(): boolean {
    return this.#load !== undefined && this.#loadMany === undefined
  }

  /** Made for a miss alone. */
  one(params: Params): Loader<unknown> | undefined {
    const load = this.#load
    const loadMany = this.#loadMany
    if (load !== undefined) return (context) => load(params, context)
    if (loadMany === undefined) return undefined
    return async (context) => {
      const [answer] = this.#inOrder(await loadMany([params], context), 1)
      if (types.isNativeError(answer)) throw answer
      return answer
    }
  }

  many(paramsOf: ReadonlyMap<string, Params>): BulkLoader<unknown> | undefined {
    return this.#loadMany && this.inBulk(paramsOf)
  }

  /** `loadMany` as a loader of keys, where there is one. */
  inBulk(paramsOf: ReadonlyMap<string, Params>): BulkLoader<unknown> {
    return async (keys, context) => {
      const params = keys.map((key) => paramsOf.get(key) as Params)
      const values = this.#inOrder((await this.#loadMany?.(params, context)) ?? [], keys.length)
      return keys.map((key, i) => [key, values[i]] as const)
    }
  }

  /** @throws {ConfigError} unless there is an answer for each that was asked for. */
  #inOrder(values: LoadedMany<unknown>, length: number): LoadedMany<unknown> {
    if (Array.isArray(values) && values.length === length) return values
    const got = Array.isArray(values) ? `${values.length}` : typeof values
    throw new ConfigError(
      `loadMany of "${this.name}" must answer an array of ${length} values (got ${got})`,
    )
  }
}

/** The value alone, where nothing is kept. */
export function valueOf(answer: unknown): unknown {
  const chosen = loadedOptions(answer)
  if (chosen?.isUnchanged === true) throw notStale()
  return chosen === undefined ? answer : chosen.value
}

/** What was answered for `keys`, where nothing is kept; what is an error has failed. */
export function foundIn(
  keys: readonly string[],
  answers: ReadonlyMap<string, unknown>,
): Found<unknown> {
  const values = new Map<string, unknown>()
  const errors = new Map<string, unknown>()
  for (const key of keys) {
    const answer = answers.get(key)
    const value = valueOf(answer)
    if (types.isNativeError(answer)) errors.set(key, answer)
    else if (value !== undefined) values.set(key, value)
  }
  return { asked: keys.length, values, errors }
}

/** A load of which nothing is kept: joined by nobody, and bounded as any. @throws {LoadTimeoutError} */
export async function loadAlone<T>(
  clock: Clock,
  key: string,
  load: (signal: AbortSignal) => T | Promise<T>,
  hardTimeout: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const late = new AbortController()
  const cancel =
    hardTimeout === Infinity
      ? undefined
      : clock.after(hardTimeout, () => late.abort(new LoadTimeoutError(key, hardTimeout)))
  const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
  try {
    either.throwIfAborted()
    return await abortable(Promise.resolve(load(either)), either)
  } finally {
    cancel?.()
  }
}
