import type { Duration, Size } from '@tiercel/core'
import type { Answer } from './messages.ts'

/** What a route caches, and how. Functions are given the framework's request. */
export interface RouteOptions<Source = unknown> {
  /** What the route is called, on all instances alike: in `routes`, and where it is changed for all. @default its method and place: `route-1`, … */
  readonly name?: string
  /** How long a response is fresh that does not say so itself; 0: it is not stored. @default 0 */
  readonly ttl?: Duration
  /** How long after that it is served while it is made anew, where it does not say so itself. @default 0 */
  readonly staleWhileRevalidate?: Duration
  /** How long after that it is served if the handler fails, where it does not say so itself. @default 0 */
  readonly staleIfError?: Duration
  /** Labels to invalidate the responses by; unsafe methods on this route invalidate them. @default [] */
  readonly tags?:
    | readonly string[]
    | ((source: Source, response: Pick<Answer, 'status' | 'headers'>) => readonly string[])
  readonly key?: KeyOptions<Source>
  readonly store?: StoreOptions
  readonly when?: WhenOptions<Source>
}

/** What tells one response from another, beside method, scheme, host and path. */
export interface KeyOptions<Source = unknown> {
  /** Parameters of the query: all, none, or those named. Handlers whose responses are stored see no others. @default 'all' */
  readonly query?: 'all' | 'none' | readonly string[]
  /** Fields of the request, beside those that a response names in Vary. @default [] */
  readonly headers?: readonly string[]
  /** Who asks: each user has responses of their own. `undefined`: nobody in particular. @default nobody */
  readonly user?: (source: Source) => string | undefined
  /** Hosts whose responses are stored. @default any */
  readonly hosts?: readonly string[]
}

/** Which responses are stored. */
export interface StoreOptions {
  /** Whether requests with Authorization are answered from the cache, and stored. @default false */
  readonly authorization?: boolean
  /** What becomes of a response with Set-Cookie: not stored, stored without the field, or with it. @default 'refuse' */
  readonly setCookie?: 'refuse' | 'remove' | 'keep'
  /** Larger bodies are passed on and not stored. @default '1mb' */
  readonly maxBodyBytes?: Size
  /** Statuses that `ttl` holds for. @default [200, 203, 204, 300, 301, 308] */
  readonly statuses?: readonly number[]
  /** Part of the time since Last-Modified that a response is fresh for, if nothing else says; 0: none. @default 0 */
  readonly heuristic?: number
  /** How long a response with a validator is kept after it is stale, to ask the handler if it has changed. @default 0 */
  readonly validate?: Duration
}

/** For which requests the cache is used. */
export interface WhenOptions<Source = unknown> {
  /** Requests that have nothing to do with the cache. @default none */
  readonly skip?: (source: Source) => boolean
  /** Who may ask for a response that is made anew (`Cache-Control: no-cache`). @default false */
  readonly bypass?: boolean | ((source: Source) => boolean)
  /** Part of the keys, 0 to 1, that are cached, or who is served from the cache: to introduce it step by step. @default 1 */
  readonly rollout?: number | ((source: Source) => boolean)
}

/** What can be changed of a route while it is used; `undefined` goes back to what holds otherwise. */
export type RouteChanges<Source = unknown> = {
  readonly [Name in Exclude<keyof RouteOptions, 'name' | Group>]?:
    | RouteOptions<Source>[Name]
    | undefined
} & {
  readonly [Name in Group]?: {
    readonly [Option in keyof NonNullable<RouteOptions<Source>[Name]>]?:
      | NonNullable<RouteOptions<Source>[Name]>[Option]
      | undefined
  }
}

type Group = 'key' | 'store' | 'when'

/** Options of the whole response cache. */
export interface ResponseCacheOptions<Source = unknown> {
  /** What Cache-Status calls the cache; `false`: the field is not sent. @default 'Tiercel' */
  readonly cacheStatus?: string | false
  /** Part of the cache that the responses are in. @default 'http' */
  readonly namespace?: string
  /** What holds for every route that does not say otherwise. @default {} */
  readonly defaults?: Omit<RouteOptions<Source>, 'name'>
}
