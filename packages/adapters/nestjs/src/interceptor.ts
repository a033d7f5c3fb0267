import {
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  StreamableFile,
} from '@nestjs/common'
import { type HttpAdapterHost } from '@nestjs/core'
import type { Rerun, ResponseCache, Route, Run } from '@tiercel/http'
import { detached, seenAs } from '@tiercel/http/node'
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

/** The way from a request that was made behind a reader to the recorder that it is for. */
const reruns = new WeakMap<object, Run>()
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
    const decision =
      reruns.get(rawRequest(request)) ??
      (await route.handle(asked, this.#rerunOf(request, asked.url)))
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

  /** A refresh behind a reader is a request of its own, through the whole application. */
  #rerunOf(original: AnyRequest, url: string): Rerun {
    return (run) => {
      const { request, response } = detached(rawRequest(original), url)
      seenAs(request, run)
      reruns.set(request, run)
      response.once('close', () => run.recorder.abort())
      dispatch(this.#host.httpAdapter, request, response)
    }
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
