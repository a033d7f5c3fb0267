import { once } from 'node:events'
import { Agent, type IncomingMessage, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

const HOST = '127.0.0.1'
/** Longer than any pause between two requests, so that no idle connection is closed under one. */
const KEPT_ALIVE = 600_000
/** Requests at once to one server; more wait here. */
const MOST_SOCKETS = 64

export type Method = 'GET' | 'PUT'

/** What answers a request; a rejection is answered with 500 and its message. */
export type Handle = (method: Method, url: URL) => unknown

/** No answer came in time. */
export class HungError extends Error {}

/** Serves JSON on a free port of loopback, and gives that port. */
export async function serve(handle: Handle): Promise<number> {
  const server = createServer((incoming, outgoing) => {
    void answer(handle, incoming).then(([status, body]) => {
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  server.keepAliveTimeout = KEPT_ALIVE
  server.listen(0, HOST)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function answer(handle: Handle, incoming: IncomingMessage): Promise<[number, unknown]> {
  try {
    const url = new URL(incoming.url ?? '/', `http://${HOST}`)
    const body = await handle(incoming.method as Method, url)
    return body === undefined ? [404, { error: `no ${url.pathname}` }] : [200, body]
  } catch (error) {
    return [500, { error: String(error) }]
  }
}

/** Asks one of our servers, over connections that are kept. */
export class Client {
  readonly #port: number
  readonly #within: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MOST_SOCKETS })

  /** No call takes longer than `within` milliseconds. */
  constructor(port: number, within: number) {
    this.#port = port
    this.#within = within
  }

  /** The JSON at `path`. @throws {HungError}; Error with what the server said, or the socket's */
  async call<T>(method: Method, path: string): Promise<T> {
    const { status, body } = await this.#ask(method, path)
    if (status === 200) return JSON.parse(body) as T
    throw new Error(`${method} ${path}: ${status} ${body}`)
  }

  close(): void {
    this.#agent.destroy()
  }

  #ask(method: Method, path: string): Promise<{ status: number | undefined; body: string }> {
    const target = { host: HOST, port: this.#port, agent: this.#agent, method, path }
    return new Promise((resolve, reject) => {
      const outgoing = request(target, (incoming) => {
        text(incoming).then((body) => resolve({ status: incoming.statusCode, body }), reject)
      })
      const timer = setTimeout(() => {
        outgoing.destroy(new HungError(`${method} ${path}: no answer within ${this.#within} ms`))
      }, this.#within)
      outgoing.on('error', reject).on('close', () => clearTimeout(timer))
      outgoing.end()
    })
  }
}
