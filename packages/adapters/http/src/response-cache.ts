import type { Cache, Receipt } from '@tiercel/core'
import { ConfigError } from '@tiercel/core'
import { LiveRoute, type Share } from './live-route.ts'
import type { HttpRequest } from './messages.ts'
import type { ResponseCacheOptions, RouteOptions } from './options.ts'
import { Budget } from './recording.ts'
import { Route } from './route.ts'
import { mergedRoute } from './settings.ts'
import { resourceOf, resourceTag } from './key.ts'
import { targetOf } from './target.ts'

/** Each has its tables, and settings that are followed. */
const MOST_ROUTES = 10_000
/** Bytes that all recordings of a process may hold together. */
const RECORDING_BYTES = 64 * 2 ** 20

/**
 * Responses of HTTP handlers in a `Cache`: makes routes, each with what it caches and how, and invalidates what
 * they stored. An adapter gives each request to a route's `handle`, and does as it says.
 */
export class ResponseCache<Source = unknown> {
  readonly #cache: Cache
  readonly #cacheName: string | undefined
  readonly #defaults: RouteOptions<Source>
  readonly #routes = new Map<string, Route<Source>>()
  readonly #budget = new Budget(RECORDING_BYTES)

  /** @internal Use `responseCache`. */
  constructor(cache: Cache, options: ResponseCacheOptions<Source>) {
    const { cacheStatus = 'Tiercel', namespace = 'http', defaults = {} } = options
    if (cacheStatus !== false && !/^[A-Za-z*][\w!#$%&'*+.^`|~:/-]*$/.test(cacheStatus)) {
      throw new ConfigError(`cacheStatus must be a token, or false (got ${cacheStatus})`)
    }
    this.#cache = cache.namespace(namespace)
    this.#cacheName = cacheStatus === false ? undefined : cacheStatus
    this.#defaults = defaults
  }

  /** The routes that were made, by their names. */
  get routes(): ReadonlyMap<string, Route<Source>> {
    return this.#routes
  }

  /**
   * A route, or many that are cached alike.
   *
   * @throws {ConfigError} for a bad option, a name that another route has, or more than 10,000 routes
   */
  route(options: RouteOptions<Source> = {}): Route<Source> {
    const { name = this.#freeName() } = options
    if (this.#routes.has(name)) throw new ConfigError(`there is a route "${name}" already`)
    if (this.#routes.size === MOST_ROUTES) {
      throw new ConfigError(
        `at most ${MOST_ROUTES} routes in one response cache; make them once, not for each request`,
      )
    }
    const share: Share<Source> = (listener) => this.#cache.sharedSettings(`route ${name}`, listener)
    // A name that was made up may be another route's in the next release.
    const isNamed = options.name !== undefined
    const live = new LiveRoute(mergedRoute(this.#defaults, options), isNamed ? share : undefined)
    const route = new Route<Source>(name, live, {
      cache: this.#cache,
      cacheName: this.#cacheName,
      budget: this.#budget,
    })
    this.#routes.set(name, route)
    return route
  }

  /** Invalidates all responses that carry one of `tags`. */
  invalidateTags(tags: readonly string[]): Promise<Receipt> {
    return this.#cache.invalidateTags(tags)
  }

  /** Invalidates all responses for a URL, `https://shop.example/products?page=2`: of every user and variant. */
  async invalidateUrl(url: string): Promise<Receipt> {
    const { host, pathname, search, protocol } = new URL(url)
    const request: HttpRequest = {
      method: 'GET',
      url: pathname + search,
      headers: { host },
      scheme: protocol === 'https:' ? 'https' : 'http',
      source: undefined,
    }
    const target = targetOf(request)
    if (target === undefined) throw new ConfigError(`${url} is not cached, whatever its response`)
    const chosen = [...this.#routes.values()].map((route) => resourceOf(target, route.settings))
    const resources = new Set([resourceOf(target, { query: 'all' }), ...chosen])
    return this.#cache.invalidateTags([...resources].map(resourceTag))
  }

  /** Invalidates every response. */
  clear(): Promise<Receipt> {
    return this.#cache.clear()
  }

  #freeName(): string {
    let number = this.#routes.size + 1
    while (this.#routes.has(`route-${number}`)) number++
    return `route-${number}`
  }
}

/** Makes a framework's middleware that caches the responses of what comes after it. */
export interface CacheResponseOf<Source, Middleware> {
  /** @throws {ConfigError} for a bad option */
  (options?: RouteOptions<Source>): Middleware
  /** Invalidates, and changes routes while they are used. */
  readonly responses: ResponseCache<Source>
}

/**
 * A cache of HTTP responses in `cache`, for an adapter to put a framework before.
 *
 * @throws {ConfigError} for a bad option
 */
export function responseCache<Source = unknown>(
  cache: Cache,
  options: ResponseCacheOptions<Source> = {},
): ResponseCache<Source> {
  return new ResponseCache(cache, options)
}
