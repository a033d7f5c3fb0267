import type { Cache } from '@tiercel/core'
import {
  type CacheResponseOf,
  type ResponseCacheOptions,
  type RouteOptions,
  type Run,
  responseCache,
} from '@tiercel/http'
import { nodeRequest, record, send } from '@tiercel/http/node'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { rerunOf } from './rerun.ts'
import { seenBy } from './seen-by.ts'

/**
 * Makes middleware that caches the responses of what comes after it.
 *
 * @example
 * app.get('/products', cacheResponse({ ttl: '5m', tags: ['products'] }), listProducts)
 */
export type CacheResponse = CacheResponseOf<Request, RequestHandler>

/**
 * Requests that a middleware has in hand already: what comes after it is left alone, for the outer one would
 * wait for a load of the same key that is its own.
 */
const inHand = new WeakSet<Request>()
/** Requests that are made behind a reader: what they are recorded by. */
const behind = new WeakMap<Request, Run>()

/**
 * A response cache for Express in `cache`.
 *
 * @throws {ConfigError} for a bad option
 */
export function expressCache(
  cache: Cache,
  options: ResponseCacheOptions<Request> = {},
): CacheResponse {
  const responses = responseCache<Request>(cache, options)
  const cacheResponse = (of?: RouteOptions<Request>): RequestHandler => {
    const route = responses.route(of)
    return (request: Request, response: Response, next: NextFunction): void => {
      if (inHand.has(request)) return next()
      inHand.add(request)
      const run = behind.get(request)
      if (run !== undefined) return begin(run, request, response, next)
      const rerun = rerunOf(request, (again, its) => behind.set(again, its))
      route.handle(nodeRequest(request, request, request.originalUrl), rerun).then((decision) => {
        if (decision.kind === 'answer') send(response, decision)
        else begin(decision, request, response, next)
      }, next)
    }
  }
  return Object.assign(cacheResponse, { responses })
}

function begin(run: Run, request: Request, response: Response, next: NextFunction): void {
  seenBy(request, run)
  record(response, run.recorder)
  next()
}
