import type { Cache } from '@tiercel/core'
import {
  type CacheResponseOf,
  type ResponseCacheOptions,
  type Rerun,
  type RouteOptions,
  type Run,
  responseCache,
} from '@tiercel/http'
import {
  drained,
  fetchRequest,
  fieldsOf,
  recorded,
  requestSeenAs,
  responseOf,
} from '@tiercel/http/fetch'
import type { Context, MiddlewareHandler } from 'hono'

/** What answers a request of Fetch; a `Hono` is one. */
interface Application {
  fetch(request: Request, env?: unknown): Response | Promise<Response>
}

/** Options of the response cache for Hono. */
export interface HonoCacheOptions extends ResponseCacheOptions<Context> {
  /**
   * The application, of which a response is asked again while a reader has the stale one.
   * @default none: what is stale is made anew before it is answered
   */
  readonly app?: Application
}

/**
 * Makes middleware that caches the responses of what comes after it.
 *
 * @example
 * app.get('/products', cacheResponse({ ttl: '5m', tags: ['products'] }), listProducts)
 */
export type CacheResponse = CacheResponseOf<Context, MiddlewareHandler>

/**
 * Requests that a middleware has in hand already: what comes after it is left alone, for the outer one would
 * wait for a load of the same key that is its own.
 */
const inHand = new WeakSet<Context>()
/** The way from a request that was made behind a reader to the recorder that it is for. */
const reruns = new WeakMap<Request, Run>()

/**
 * A response cache for Hono in `cache`.
 *
 * @throws {ConfigError} for a bad option
 */
export function honoCache(cache: Cache, { app, ...options }: HonoCacheOptions = {}): CacheResponse {
  const responses = responseCache<Context>(cache, options)
  const make = (of?: RouteOptions<Context>): MiddlewareHandler => {
    const route = responses.route(of)
    return async (context, next) => {
      if (inHand.has(context)) return next()
      inHand.add(context)
      const { raw } = context.req
      const rerun = app === undefined ? undefined : rerunOf(app, raw, context.env)
      const decision = reruns.get(raw) ?? (await route.handle(fetchRequest(raw, context), rerun))
      // Not returned: Hono adds the fields that were set before to a response that is returned.
      if (decision.kind === 'run') return run(context, decision, next)
      replace(context, responseOf(decision, inheritedOf(context)))
    }
  }
  return Object.assign(make, { responses })
}

async function run(
  context: Context,
  { recorder, url, headers }: Run,
  next: () => Promise<void>,
): Promise<void> {
  const { raw } = context.req
  const inherited = inheritedOf(context)
  if (Object.keys(headers).length > 0) context.req.raw = requestSeenAs(raw, { url, headers })
  try {
    await next()
    replace(context, await recorded(context.res, recorder, inherited))
  } catch (error) {
    recorder.abort()
    throw error
  } finally {
    context.req.raw = raw
  }
}

/** A refresh behind a reader is a request of its own, through the whole application. */
function rerunOf(app: Application, original: Request, env: unknown): Rerun {
  return async (behind) => {
    const request = requestSeenAs(original, behind)
    reruns.set(request, behind)
    const { body } = await app.fetch(request, env)
    await drained(body)
    behind.recorder.abort() // nothing, if it was reached
  }
}

/** Fields that were set before, for this client alone. */
function inheritedOf(context: Context): ReturnType<typeof fieldsOf> {
  return fieldsOf(context.res.headers)
}

function replace(context: Context, response: Response): void {
  context.res = undefined // else Hono adds the fields of the one that is replaced
  context.res = response
}
