import type { CallOptions } from './policy.ts'

/** What a loader is given. */
export interface LoaderContext<T = unknown> {
  readonly key: string
  /** Aborted when the load is given up: on the hard timeout, or when the cache is closed. */
  readonly signal: AbortSignal
  /** The value that is no longer fresh, if one is held. */
  readonly stale: T | undefined
}

/** Fetches a value from the source of truth. `undefined` says that there is none. */
export type Loader<T> = (context: LoaderContext<T>) => T | Loaded<T> | Promise<T | Loaded<T>>

/** Fetches many values in one go. Keys that the answer does not have are absent. */
export type BulkLoader<T> = (
  keys: readonly string[],
  context: { readonly signal: AbortSignal },
) => BulkAnswer<T> | Promise<BulkAnswer<T>>

/** Values by their keys: a `Map`, or anything else that yields pairs. */
export type BulkAnswer<T> = Iterable<readonly [string, T | Loaded<T>]>

/** Options that a loader may choose from what it loaded. */
export type LoadedOptions = Pick<CallOptions, 'ttl' | 'grace' | 'tags'>

/** A value with options of its own; made by `entry`. */
export class Loaded<T> {
  readonly value: T
  readonly options: LoadedOptions

  constructor(value: T, options: LoadedOptions) {
    this.value = value
    this.options = options
  }
}

/**
 * What a loader answers when the value decides how long it lives, or what it hangs on.
 *
 * @example
 * cache.getOrSet('rate', async () => {
 *   const rate = await fetchRate()
 *   return entry(rate, { ttl: rate.validFor, tags: [`currency:${rate.currency}`] })
 * })
 */
export function entry<T>(value: T, options: LoadedOptions): Loaded<T> {
  return new Loaded(value, options)
}
