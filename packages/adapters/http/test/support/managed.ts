import type { RequestListener } from 'node:http'
import { type Asking, type Got as Answered, ask } from './ask.ts'
import { Loopback } from './loopback.ts'

/** What a client got. */
export interface Got extends Answered {
  /** The body, if it is JSON. */
  readonly json: Readonly<Record<string, unknown>>
}

const CHANGE = { 'x-requested-with': 'test' }

/** A server on a socket of its own. */
export class Served implements AsyncDisposable {
  readonly #server: Loopback

  constructor(listener: RequestListener) {
    this.#server = new Loopback(listener)
  }

  get port(): number {
    return this.#server.port
  }

  async start(): Promise<this> {
    await this.#server.start()
    return this
  }

  async ask(path: string, asking: Omit<Asking, 'path'> = {}): Promise<Got> {
    const got = await ask(this.port, { path, ...asking })
    const isJson = /json/.test(got.headers['content-type'] ?? '') && got.body !== ''
    return { ...got, json: isJson ? (JSON.parse(got.body) as Got['json']) : {} }
  }

  drop(path: string): Promise<Got> {
    return this.ask(path, { method: 'DELETE', headers: CHANGE })
  }

  send(method: 'POST' | 'PATCH', path: string, body: unknown): Promise<Got> {
    const headers = { 'content-type': 'application/json' }
    return this.ask(path, { method, headers, body: JSON.stringify(body) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }
}
