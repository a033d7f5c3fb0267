import type { Cache } from '@tiercel/core'
import {
  type ResponseCache,
  type ResponseCacheOptions,
  type Rerun,
  type RouteOptions,
  type Run,
  responseCache,
} from '@tiercel/http'
import { detached, nodeRequest, record, seenAs, send } from '@tiercel/http/node'
import type { NextFunction, Request, RequestHandler, Response } from 'express'

/** Makes middleware that caches the responses of what comes after it. */
export interface CacheResponse {
  /**
   * @throws {ConfigError} for a bad option
   * @example
   * app.get('/products', cacheResponse({ ttl: '5m', tags: ['products'] }), listProducts)
   */
  (options?: RouteOptions<Request>): RequestHandler
  /** Invalidates, and changes routes while they are used. */
  readonly responses: ResponseCache<Request>
}

/** The way from a request that was made behind a reader to the recorder that it is for. */
const reruns = new WeakMap<object, Run>()

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
  const make = (of?: RouteOptions<Request>): RequestHandler => {
    const route = responses.route(of)
    return (request: Request, response: Response, next: NextFunction): void => {
      const run = reruns.get(request)
      if (run !== undefined) {
        reruns.delete(request)
        return begin(run, request, response, next)
      }
      const asked = nodeRequest(request, request, request.originalUrl)
      route.handle(asked, rerunOf(request)).then((decision) => {
        if (decision.kind === 'answer') send(response, decision)
        else begin(decision, request, response, next)
      }, next)
    }
  }
  return Object.assign(make, { responses })
}

function begin(run: Run, request: Request, response: Response, next: NextFunction): void {
  seenAs(request, run)
  record(response, run.recorder)
  next()
}

/** A refresh behind a reader is a request of its own, through the whole application. */
function rerunOf(original: Request): Rerun {
  return (run) => {
    const { request, response } = detached(original, original.originalUrl)
    seenAs(request, run)
    reruns.set(request, run)
    response.once('close', () => run.recorder.abort())
    rootOf(original.app)(request as Request, response as Response)
  }
}

function rootOf(app: Request['app']): Request['app'] {
  let root = app as Request['app'] & { parent?: Request['app'] }
  while (root.parent !== undefined) root = root.parent
  return root
}
