import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import type { Readable } from 'node:stream'
import type { Cache } from '@tiercel/core'
import type { RouteOptions } from '@tiercel/http'

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

/** Serves routes with the adapter's framework, cached in `cache`. */
export type Serve = (cache: Cache, routes: readonly RouteOfSite[]) => Promise<Served>

/** What a client got. */
export interface Got {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/** One instance: the application on a socket of its own, with a cache. */
export class Site implements AsyncDisposable {
  readonly cache: Cache
  readonly #served: Served

  constructor(cache: Cache, served: Served) {
    this.cache = cache
    this.#served = served
  }

  /** Asks with the same Host on every instance, so that they share what they store. */
  async ask(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    method = 'GET',
  ): Promise<Got> {
    const answer = await this.open(path, headers, method)
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk as Buffer)
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      text: Buffer.concat(chunks).toString(),
    }
  }

  /** The response with its body unread. */
  async open(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    method = 'GET',
  ): Promise<IncomingMessage> {
    const asked = httpRequest({
      port: this.#served.port,
      host: '127.0.0.1',
      path,
      method,
      headers: { host: 'shop.example', ...headers },
      agent: false,
    })
    asked.end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#served.close()
    await this.cache.close()
  }
}
