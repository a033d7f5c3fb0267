import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

/** A request like another, and a response to it that goes nowhere. */
export interface Detached {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/**
 * A request like `original`, at `url`, for no client: what is written to its response is dropped. It is one of
 * HTTP/1.1, also where the original is not.
 */
export function detached(original: IncomingMessage, url: string): Detached {
  const { remoteAddress, remotePort, remoteFamily, localAddress, localPort } = original.socket
  const socket = Object.assign(new Nowhere(), {
    remoteAddress,
    remotePort,
    remoteFamily,
    localAddress,
    localPort,
    encrypted: (original.socket as Partial<TLSSocket>).encrypted === true,
  }) as unknown as Socket
  const request = new IncomingMessage(socket)
  Object.assign(request, {
    method: 'GET',
    url,
    httpVersion: '1.1',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    ...fieldsOf(original),
    complete: true,
  })
  request.push(null)
  const response = new ServerResponse(request)
  response.assignSocket(socket)
  response.once('finish', () => {
    response.detachSocket(socket)
    socket.destroy()
  })
  return { request, response }
}

/** The fields of a request; its authority, and no other pseudo-field, if it is one of HTTP/2. */
function fieldsOf({
  headers,
  rawHeaders,
}: IncomingMessage): Pick<IncomingMessage, 'headers' | 'rawHeaders'> {
  const { ':authority': authority } = headers
  if (authority === undefined) return { headers: { ...headers }, rawHeaders: [...rawHeaders] }
  const host = String(authority)
  const fields = Object.entries(headers).filter(([name]) => !name.startsWith(':'))
  const raw = rawHeaders.filter((_, i) => !(rawHeaders[i - (i % 2)] as string).startsWith(':'))
  return {
    headers: { ...Object.fromEntries(fields), host },
    rawHeaders: headers.host === undefined ? ['host', host, ...raw] : raw,
  }
}

/** Takes everything at once, and has nothing to say. */
class Nowhere extends Duplex {
  override _read(): void {}

  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done()
  }

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }
}
