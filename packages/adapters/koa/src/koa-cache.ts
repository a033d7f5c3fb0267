import type { Cache } from '@tiercel/core'
import {
  type CacheResponseOf,
  type ResponseCacheOptions,
  type Rerun,
  type RouteOptions,
  type Run,
  responseCache,
} from '@tiercel/http'
import { Reruns, nodeRequest, seenAs } from '@tiercel/http/node'
import type { Context, Middleware } from 'koa'
import { answer, recordResponse } from './response.ts'

/**
 * Makes middleware that caches the responses of what comes after it.
 *
 * @example
 * router.get('/products', cacheResponse({ ttl: '5m', tags: ['products'] }), listProducts)
 */
export type CacheResponse = CacheResponseOf<Context, Middleware>

/**
 * Requests that a middleware has in hand already: what comes after it is left alone, for the outer one would
 * wait for a load of the same key that is its own.
 */
const inHand = new WeakSet<Context>()
const reruns = new Reruns()
const callbacks = new WeakMap<object, ReturnType<Context['app']['callback']>>()

/**
 * A response cache for Koa in `cache`.
 *
 * @throws {ConfigError} for a bad option
 */
export function koaCache(cache: Cache, options: ResponseCacheOptions<Context> = {}): CacheResponse {
  const responses = responseCache<Context>(cache, options)
  const make = (of?: RouteOptions<Context>): Middleware => {
    const route = responses.route(of)
    return async (context: Context, next) => {
      if (inHand.has(context)) return next()
      inHand.add(context)
      const { req, originalUrl } = context
      const asked = nodeRequest(req, context, originalUrl)
      const decision = reruns.of(req) ?? (await route.handle(asked, rerunOf(context)))
      if (decision.kind === 'run') return run(context, decision, next)
      answer(context, decision)
    }
  }
  return Object.assign(make, { responses })
}

async function run(context: Context, how: Run, next: () => Promise<unknown>): Promise<void> {
  const { recorder } = how
  const inherited = { ...context.response.headers }
  const undo = seenBy(context, how)
  try {
    await next()
    await recordResponse(context, recorder, inherited)
  } catch (error) {
    recorder.abort()
    throw error
  } finally {
    undo()
  }
}

/** Shows the handler the request as it has to see it, wherever Koa keeps its target. */
function seenBy(context: Context, how: Run): () => void {
  const { request, originalUrl } = context
  const show = (url: string): void => {
    context.originalUrl = url
    // The URL that Koa has made of it, if somebody asked for that.
    Object.assign(request, { originalUrl: url, memoizedURL: undefined })
  }
  const undo = seenAs(context.req, how)
  show(how.url)
  return () => {
    undo()
    show(originalUrl)
  }
}

function rerunOf({ app, req, originalUrl }: Context): Rerun {
  return reruns.through(req, originalUrl, (request, response) => {
    const callback = callbacks.get(app) ?? app.callback()
    callbacks.set(app, callback)
    return callback(request, response)
  })
}
