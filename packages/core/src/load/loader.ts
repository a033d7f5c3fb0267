import { ConfigError } from '../errors.ts'
import type { CallOptions } from '../policy.ts'

/** What a loader is given. */
export interface LoaderContext<T = unknown> {
  readonly key: string
  /** Aborted when the load is given up: on the hard timeout, or when the cache is closed. */
  readonly signal: AbortSignal
  /** The value that is to be replaced, if one is held: what a source is asked by whether it has changed. */
  readonly stale: Stale<T> | undefined
}

/** A value that is held, with what its loader said of this version of it. */
export interface Stale<T> {
  /** `undefined`: the remembered answer "there is none". */
  readonly value: T | undefined
  readonly etag: string | undefined
  readonly lastModified: Date | undefined
}

/** Fetches a value from the source of truth. `undefined` says that there is none. */
export type Loader<T> = (context: LoaderContext<T>) => T | Loaded<T> | Promise<T | Loaded<T>>

/**
 * Fetches many values in one go. Keys that the answer does not have are absent; one whose answer is an
 * `Error` has failed, alone. (To store an `Error` as a value, answer `entry(error, {})`.)
 */
export type BulkLoader<T> = (
  keys: readonly string[],
  context: { readonly signal: AbortSignal },
) => BulkAnswer<T> | Promise<BulkAnswer<T>>

/** Values by their keys: a `Map`, or anything else that yields pairs. */
export type BulkAnswer<T> = Iterable<readonly [string, T | Loaded<T> | Error]>

/**
 * Options that a loader may choose from what it loaded. The value is kept for the longer of
 * `staleWhileRevalidate` and `grace` after its ttl; what a reader makes of that is for its own options to say.
 */
export interface LoadedOptions extends Pick<
  CallOptions,
  'ttl' | 'staleWhileRevalidate' | 'grace' | 'tags'
> {
  /** The source's name for this version of the value; the next loader gets it in `stale`. */
  readonly etag?: string
  /** When the source changed the value last; the next loader gets it in `stale`. */
  readonly lastModified?: Date
}

/** Of the whole process, so that another copy of this package makes the same kind. */
const LOADED: unique symbol = Symbol.for('tiercel.entry')

/** A value with options of its own; made by `entry`. */
export interface Loaded<T> {
  readonly [LOADED]: Chosen
  readonly value?: T // names T, and is never there
}

interface Chosen {
  readonly value: unknown
  readonly options: LoadedOptions
  /** The value is the one that the loader was given as `stale`. */
  readonly isUnchanged: boolean
}

/** What a loader's answer says beside the value; `undefined` for an answer that is the value. */
export function loadedOptions(answer: unknown): Chosen | undefined {
  return typeof answer === 'object' && answer !== null
    ? (answer as Partial<Loaded<unknown>>)[LOADED]
    : undefined
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
  return { [LOADED]: { value, options, isUnchanged: false } }
}

/** There is nothing that could be unmodified. */
export function notStale(key?: string): ConfigError {
  return new ConfigError(
    'notModified(): the loader was given no stale value',
    key === undefined ? {} : { key },
  )
}

/**
 * What a loader answers when the source says that the value it was given as `stale` is what it has still.
 * That value is fresh again, with its tags and validators: for the ttl of the call, or the one given here.
 *
 * @example
 * cache.getOrSet('rates', async ({ stale, signal }) => {
 *   const headers = stale?.etag === undefined ? {} : { 'If-None-Match': stale.etag }
 *   const response = await fetch(url, { headers, signal })
 *   if (response.status === 304) return notModified()
 *   return entry(await response.json(), { etag: response.headers.get('etag') ?? '' })
 * })
 */
export function notModified(options: LoadedOptions = {}): Loaded<never> {
  return { [LOADED]: { value: undefined, options, isUnchanged: true } }
}
