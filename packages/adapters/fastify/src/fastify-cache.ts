import { parse } from 'node:querystring'
import { Readable } from 'node:stream'
import type { Cache } from '@tiercel/core'
import {
  type ResponseCache,
  type ResponseCacheOptions,
  type Rerun,
  type RouteOptions,
  type Run,
  responseCache,
} from '@tiercel/http'
import { Reruns, isParsedAnew, nodeRequest, record, seenAs } from '@tiercel/http/node'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { RouteTable } from './route-table.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How responses of the route are cached; `true`: as the plugin's `defaults` say. */
    cache?: boolean | RouteOptions<FastifyRequest>
  }
  interface FastifyInstance {
    /** Invalidates, and changes routes while they are used. */
    responses: ResponseCache<FastifyRequest>
  }
}

/** Options of the plugin. */
export interface FastifyCacheOptions extends ResponseCacheOptions<FastifyRequest> {
  /** Where responses are stored. It is not closed with the application. */
  readonly cache: Cache
  /** What parses a query without the parameters that are not keyed. @default the server's `querystringParser` */
  readonly parseQuery?: ParseQuery
}

const reruns = new Reruns()

const plugin: FastifyPluginAsync<FastifyCacheOptions> = async (app, options) => {
  const { cache, parseQuery = parserOf(app) ?? parse, ...ofAll } = options
  const responses = responseCache<FastifyRequest>(cache, ofAll)
  const routes = new RouteTable(responses)
  app.decorate('responses', responses)
  app.addHook('onRoute', (of) => {
    const route = routes.of(of)
    if (route === undefined) return
    // Last before the handler: whoever may refuse the request has been asked by then.
    of.preHandler = [
      ...[of.preHandler ?? []].flat(),
      async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
        const { raw, originalUrl } = request
        const asked = nodeRequest(raw, request, originalUrl)
        const decision = reruns.of(raw) ?? (await route.handle(asked, rerunOf(app, request)))
        if (decision.kind === 'run') return begin(decision, request, reply, parseQuery)
        const { status, headers, body } = decision
        reply.code(status).headers(headers as Record<string, string | string[]>)
        // Fastify takes the length of what it is given for HEAD, but not that of a stream.
        return reply.send(request.method === 'HEAD' ? Readable.from([]) : body)
      },
    ]
  })
}

/**
 * The response cache as a plugin. Routes that are added after it, and have `config.cache`, are cached.
 *
 * @example
 * await app.register(fastifyCache, { cache })
 * app.get('/products', { config: { cache: { ttl: '5m', tags: ['products'] } } }, listProducts)
 */
export const fastifyCache: FastifyPluginAsync<FastifyCacheOptions> = fastifyPlugin(plugin, {
  name: '@tiercel/fastify',
  fastify: '5.x',
})

type ParseQuery = (query: string) => Record<string, unknown>

/** What Fastify keeps of what the server was made with. */
interface Kept {
  readonly querystringParser?: ParseQuery
  readonly routerOptions?: { readonly querystringParser?: ParseQuery }
}

/** The server's own parser of queries, which Fastify gives nobody: it keeps its options under a symbol. */
function parserOf(app: FastifyInstance): ParseQuery | undefined {
  // The instance of a plugin inherits from that of the server.
  for (
    let at = app as object | null;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const symbol = Object.getOwnPropertySymbols(at).find(
      ({ description }) => description === 'fastify.options',
    )
    if (symbol === undefined) continue
    const { routerOptions, querystringParser } = (at as Record<symbol, Kept>)[symbol] ?? {}
    return routerOptions?.querystringParser ?? querystringParser
  }
  return undefined
}

function begin(
  run: Run,
  request: FastifyRequest,
  reply: FastifyReply,
  parseQuery: ParseQuery,
): void {
  const { raw } = request
  const before = raw.url
  seenAs(raw, run)
  if (raw.url !== before) {
    if (isParsedAnew(request.query, before ?? '', run.url)) {
      const [, query = ''] = run.url.split(/\?(.*)/, 2)
      request.query = validated(request, parseQuery(query))
    }
    Object.defineProperty(request, 'originalUrl', { value: run.url }) // it was kept when it was asked for
  }
  record(reply.raw, run.recorder, { ...reply.raw.getHeaders(), ...reply.getHeaders() })
}

/** The query as the route's schema has it; the first one was validated with what is not keyed. */
function validated(request: FastifyRequest, query: Record<string, unknown>): unknown {
  const made: unknown = request.getValidationFunction('querystring')?.(query)
  // Ajv changes the object, other compilers give a new one.
  return typeof made === 'object' && made !== null && 'value' in made ? made.value : query
}

function rerunOf(app: FastifyInstance, { raw, originalUrl }: FastifyRequest): Rerun {
  return reruns.through(raw, originalUrl, (request, response) => app.routing(request, response))
}
