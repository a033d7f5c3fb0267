import { once } from 'node:events'
import { type IncomingMessage, type RequestListener, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a client got. */
export interface Got {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** The body, if it is JSON. */
  readonly json: Readonly<Record<string, unknown>>
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

const CHANGE = { 'x-requested-with': 'test' }

/** A server on a socket of its own. */
export class Served implements AsyncDisposable {
  readonly #server: ReturnType<typeof createServer>

  constructor(listener: RequestListener) {
    this.#server = createServer(listener)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  async ask(path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Got> {
    const asked = request({
      port: this.port,
      host: '127.0.0.1',
      path,
      method,
      headers,
      agent: false,
    })
    asked.end(body)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const isJson = /json/.test(answer.headers['content-type'] ?? '') && text !== ''
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      text,
      json: isJson ? (JSON.parse(text) as Got['json']) : {},
    }
  }

  drop(path: string): Promise<Got> {
    return this.ask(path, { method: 'DELETE', headers: CHANGE })
  }

  send(method: 'POST' | 'PATCH', path: string, body: unknown): Promise<Got> {
    const headers = { 'content-type': 'application/json' }
    return this.ask(path, { method, headers, body: JSON.stringify(body) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
