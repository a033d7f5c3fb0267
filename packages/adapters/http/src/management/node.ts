import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

/** For `http.createServer`, and as middleware of Express and its like. Answers every request itself. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void

/** What frameworks add to a request. */
interface Framed {
  /** What was taken off the front of `url`. */
  readonly baseUrl?: unknown
  /** What a parser of bodies made of it. */
  readonly body?: unknown
}

/** Methods with which the platform's `Request` can be made. */
const METHODS: ReadonlySet<string | undefined> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
])

export function nodeHandler(
  basePath: string,
  answer: (request: Request, target: string, mount: string, source: unknown) => Promise<Response>,
): NodeHandler {
  return (message, response) => {
    const { url = '' } = message
    const { baseUrl } = message as Framed
    const isMounted = typeof baseUrl === 'string' && baseUrl !== ''
    const mount = isMounted ? baseUrl : basePath
    // Only the form that a server is asked in; a proxy's is not for this one.
    if (!url.startsWith('/') || !METHODS.has(message.method)) return refuse(response)
    let target = url
    if (!isMounted)
      target = url === mount || url.startsWith(`${mount}/`) ? url.slice(mount.length) : ''
    const left = new AbortController()
    response.once('close', () => left.abort())
    let request: Request
    try {
      request = requestOf(message, isMounted ? mount + url : url, left.signal)
    } catch {
      return refuse(response)
    }
    answer(request, target, mount, message)
      .then((made) => send(message, response, made))
      .catch(() => response.destroy()) // the connection is broken: there is nobody to tell
  }
}

function requestOf(message: IncomingMessage, url: string, signal: AbortSignal): Request {
  const headers = new Headers()
  const { rawHeaders, method = 'GET' } = message
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (!name.startsWith(':')) headers.append(name, rawHeaders[i + 1] as string)
  }
  // Host is the client's word: nothing here rests on it.
  const target = `http://localhost${url}`
  if (method === 'GET' || method === 'HEAD') return new Request(target, { method, headers, signal })
  return new Request(target, {
    method,
    headers,
    signal,
    body: bodyOf(message),
    duplex: 'half',
  } as RequestInit)
}

function bodyOf(message: IncomingMessage): RequestInit['body'] {
  const { body } = message as Framed
  const isRead = message.readableEnded || message.readableDidRead
  if (isRead && body !== undefined) return JSON.stringify(body)
  return Readable.toWeb(message)
}

async function send(
  message: IncomingMessage,
  response: ServerResponse,
  made: Response,
): Promise<void> {
  const body = Buffer.from(await made.arrayBuffer())
  response.statusCode = made.status
  for (const [name, value] of made.headers) response.setHeader(name, value)
  if (!message.complete) response.setHeader('connection', 'close') // what is still to come is not read
  response.end(body)
}

function refuse(response: ServerResponse): void {
  response.statusCode = 400
  response.setHeader('cache-control', 'no-store')
  response.setHeader('connection', 'close')
  response.setHeader('content-type', 'application/problem+json')
  response.end('{"type":"about:blank","title":"Bad Request","status":400,"code":"request"}')
}
