import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { HttpRequest } from '../messages.ts'

/** A request of Node's own server; `url` where a framework has changed `request.url`. */
export function nodeRequest<Source>(
  request: IncomingMessage,
  source: Source,
  url: string = request.url ?? '',
): HttpRequest<Source> {
  const { method = '', headers, rawHeaders, socket } = request
  const scheme = (socket as Partial<TLSSocket> | null)?.encrypted === true ? 'https' : 'http'
  // HTTP/2 has no Host, and refuses a second authority itself.
  const authority = headers[':authority']
  return authority === undefined
    ? { method, url, headers, rawHeaders, scheme, source }
    : { method, url, headers: { ...headers, host: authority }, scheme, source }
}
