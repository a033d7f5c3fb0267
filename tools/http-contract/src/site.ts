import type { Readable } from 'node:stream'
import type { Cache, CacheOptions } from '@tiercel/core'
import type { RouteOptions } from '@tiercel/http'
import { type Got, type Open, type Opened, ask, overHttp1 } from './ask.ts'

/** What a handler of the contract sees of its request. */
export interface Seen {
  readonly url: string
  readonly header: (name: string) => string | undefined
}

/** What it answers: the adapter's test gives it as its framework wants it. */
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is answered as JSON. */
  readonly body: string | object | Readable
}

/** A route that the adapter's test registers with its framework, in this order. */
export interface RouteOfSite {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly options: RouteOptions
  readonly handler: (seen: Seen) => Reply | Promise<Reply>
}

/** An application that listens on loopback. */
export interface Served {
  readonly port: number
  /** Ends all its connections too. */
  readonly close: () => Promise<void>
}

/** What a cache is made with: by who serves in another process. */
export type Where = Pick<CacheOptions, 'namespace'> & { readonly redis: string }

/** Serves routes with the adapter's framework, cached in `cache`. */
export type Serve = (cache: Cache, routes: readonly RouteOfSite[], where: Where) => Promise<Served>

/** One instance: the application on a socket of its own, with a cache. */
export class Site implements AsyncDisposable {
  readonly cache: Cache
  readonly #served: Served
  readonly #open: Open

  constructor(cache: Cache, served: Served, open: Open = overHttp1) {
    this.cache = cache
    this.#served = served
    this.#open = open
  }

  ask(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Got> {
    return ask(this.#served.port, { path, headers, method }, this.#open)
  }

  /** The response with its body unread. */
  open(path: string): Promise<Opened> {
    return this.#open(this.#served.port, { path })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#served.close()
    await this.cache.close()
  }
}
