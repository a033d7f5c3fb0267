import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** A request like another, and a response to it that goes nowhere. */
export interface Detached {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** A request like `original`, at `url`, for no client: what is written to its response is dropped. */
export function detached(original: IncomingMessage, url: string): Detached {
  const { remoteAddress, remotePort, remoteFamily, localAddress, localPort } = original.socket
  const socket = Object.assign(new Nowhere(), {
    remoteAddress,
    remotePort,
    remoteFamily,
    localAddress,
    localPort,
    encrypted: 'encrypted' in original.socket,
  }) as unknown as Socket
  const request = new IncomingMessage(socket)
  Object.assign(request, {
    method: 'GET',
    url,
    httpVersion: original.httpVersion,
    httpVersionMajor: original.httpVersionMajor,
    httpVersionMinor: original.httpVersionMinor,
    headers: { ...original.headers },
    rawHeaders: [...original.rawHeaders],
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
