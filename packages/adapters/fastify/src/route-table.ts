import type { ResponseCache, Route, RouteOptions } from '@tiercel/http'
import type { FastifyRequest, RouteOptions as FastifyRoute } from 'fastify'

/** The routes of the response cache, by what was said of them. */
export class RouteTable {
  readonly #responses: ResponseCache<FastifyRequest>
  /** By the options object, or by the place if there is none: a route and its HEAD are cached alike. */
  readonly #routes = new Map<RouteOptions<FastifyRequest> | string, Route<FastifyRequest>>()

  constructor(responses: ResponseCache<FastifyRequest>) {
    this.#responses = responses
  }

  /** How a route is cached; `undefined`: it is not. */
  of({ config, method, url }: FastifyRoute): Route<FastifyRequest> | undefined {
    const said = config?.cache
    if (said === undefined || said === false) return undefined
    const key = said === true ? url : said
    const known = this.#routes.get(key)
    if (known !== undefined) return known
    const name = `${[method].flat().join(',')} ${url}`
    const route = this.#responses.route({
      // Versions and constraints give one place several routes.
      ...(!this.#responses.routes.has(name) && { name }),
      ...(said !== true && said),
    })
    this.#routes.set(key, route)
    return route
  }
}
