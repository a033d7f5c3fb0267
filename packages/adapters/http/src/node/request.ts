import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { ServerHttp2Stream } from 'node:http2'
import type { HttpRequest } from '../messages.ts'

/** A request of Node's own server; `url` where a framework has changed `request.url`. */
export function nodeRequest<Source>(
  request: IncomingMessage,
  source: Source,
  url: string = request.url ?? '',
): HttpRequest<Source> {
  const { method = '', headers, rawHeaders, socket } = request
  const scheme = (socket as Partial<TLSSocket> | null)?.encrypted === true ? 'https' : 'http'
  const { ':authority': authority, host } = headers
  if (authority === undefined) return { method, url, headers, rawHeaders, scheme, source }
  // HTTP/2. Handlers may go by either: where they differ there is no host, and nothing is cached.
  const isPlain = host === undefined || host === authority
  const named = isPlain ? String(authority) : `${String(authority)}, ${host}`
  const { stream } = request as Partial<{
    stream: ServerHttp2Stream & { endAfterHeaders: boolean }
  }>
  const hasBody = stream?.endAfterHeaders === false
  return { method, url, headers: { ...headers, host: named }, scheme, hasBody, source }
}
