import {
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  StreamableFile,
} from '@nestjs/common'
import { type HttpAdapterHost } from '@nestjs/core'
import type { ResponseCache, Route } from '@tiercel/http'
import { Reruns } from '@tiercel/http/node'
import { type Observable, of, tap } from 'rxjs'
import { type Handler, markOf } from './decorators.ts'
import {
  type AnyRequest,
  type AnyResponse,
  answer,
  begin,
  dispatch,
  httpRequestOf,
  rawRequest,
} from './platform.ts'

const reruns = new Reruns()
/** What Nest marks handlers with that send events: they have no end. */
const SSE = '__sse__'

type CachedRoute = Route<AnyRequest> | undefined

/** Answers from the cache, after the guards, what handlers answered that are to be cached. */
export class ResponseCacheInterceptor implements NestInterceptor {
  readonly #responses: ResponseCache<AnyRequest>
  readonly #host: HttpAdapterHost
  readonly #isForAll: boolean
  /** By controller and handler: two controllers may inherit one handler. */
  readonly #routes = new WeakMap<Handler, Map<Handler, CachedRoute>>()

  constructor(responses: ResponseCache<AnyRequest>, host: HttpAdapterHost, isForAll: boolean) {
    this.#responses = responses
    this.#host = host
    this.#isForAll = isForAll
  }

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle()
    const route = this.#routeOf(context.getHandler(), context.getClass())
    return route === undefined ? next.handle() : this.#ask(route, context, next)
  }

  async #ask(
    route: Route<AnyRequest>,
    context: ExecutionContext,
    next: CallHandler,
  ): Promise<Observable<unknown>> {
    const http = context.switchToHttp()
    const request = http.getRequest<AnyRequest>()
    const response = http.getResponse<AnyResponse>()
    const asked = httpRequestOf(request)
    const raw = rawRequest(request)
    const rerun = reruns.through(raw, asked.url, (...again) =>
      dispatch(this.#host.httpAdapter, ...again),
    )
    const decision = reruns.of(raw) ?? (await route.handle(asked, rerun))
    if (decision.kind === 'answer') {
      answer(decision, response)
      return of(undefined)
    }
    begin(decision, request, response)
    const abort = (): void => decision.recorder.abort()
    // On Express Nest 11 ends the response of a stream that fails as if it were whole.
    return next.handle().pipe(
      tap((body) => {
        if (body instanceof StreamableFile) body.getStream().once('error', abort)
      }),
    )
  }

  #routeOf(handler: Handler, controller: Handler): CachedRoute {
    let routes = this.#routes.get(controller)
    if (routes === undefined) this.#routes.set(controller, (routes = new Map()))
    if (!routes.has(handler)) routes.set(handler, this.#newRoute(handler, controller))
    return routes.get(handler)
  }

  #newRoute(handler: Handler, controller: Handler): CachedRoute {
    const mark = markOf(handler, controller) ?? (this.#isForAll ? {} : false)
    if (mark === false || Reflect.getMetadata(SSE, handler) === true) return undefined
    const name = `${controller.name}.${handler.name}`
    const isFree = !this.#responses.routes.has(name)
    return this.#responses.route({ ...(isFree && { name }), ...mark })
  }
}
