import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type Cache, type CacheOptions, createCache } from '@tiercel/core'
import { until } from '@tiercel/dev-redis'
import {
  type ResponseCache,
  type ResponseCacheOptions,
  type Route,
  type RouteOptions,
  responseCache,
} from '../../src/index.ts'
import { detached, nodeRequest, record, seenAs, send } from '../../src/node/index.ts'
import { type Asking, type Got, ask } from './ask.ts'
import { Loopback } from './loopback.ts'

/** How an origin caches. */
export interface OriginOptions {
  readonly cache?: CacheOptions
  readonly responses?: ResponseCacheOptions<IncomingMessage>
  readonly route?: RouteOptions<IncomingMessage>
  /** Whether its handler can be run behind a reader. @default true */
  readonly isRerun?: boolean
}

/** A server of Node's own with a response cache before its handler: what an adapter does, without a framework. */
export class Origin implements AsyncDisposable {
  readonly cache: Cache
  readonly responses: ResponseCache<IncomingMessage>
  readonly route: Route<IncomingMessage>
  /** What the handler was asked, in order. */
  readonly asked: IncomingMessage[] = []
  readonly #server: Loopback
  readonly #handler: RequestListener
  readonly #isRerun: boolean

  constructor(handler: RequestListener, options: OriginOptions = {}) {
    this.cache = createCache(options.cache ?? { namespace: 'origin', defaults: { jitter: 0 } })
    this.responses = responseCache(this.cache, options.responses)
    this.route = this.responses.route(options.route)
    this.#handler = handler
    this.#isRerun = options.isRerun ?? true
    this.#server = new Loopback((request, response) => {
      void this.#answer(request, response)
    })
  }

  get port(): number {
    return this.#server.port
  }

  async start(): Promise<this> {
    await this.#server.start()
    return this
  }

  ask(asking: Asking = {}): Promise<Got> {
    return ask(this.port, asking)
  }

  /**
   * Waits until what was answered under `key` is stale, after 40 ms at most: for the cache, which counts from when the
   * handler began, and by its age, which is counted from when it answered.
   */
  async grownStale(key: string): Promise<void> {
    const answered = Date.now()
    const isOver = (): boolean => Date.now() - answered > 40
    await until('staleness', () => isOver() && this.cache.peek(key) === undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
    await this.cache.close()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const decision = await this.route.handle(
      nodeRequest(request, request),
      this.#isRerun
        ? (run) => {
            const again = detached(request, request.url as string)
            seenAs(again.request, run)
            record(again.response, run.recorder)
            this.#handle(again.request, again.response)
          }
        : undefined,
    )
    if (decision.kind === 'answer') return send(response, decision)
    seenAs(request, decision)
    record(response, decision.recorder)
    this.#handle(request, response)
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push(request)
    this.#handler(request, response)
  }
}
