import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import type { Fields } from '../fields.ts'
import type { Answer, Recorder } from '../messages.ts'
import { send } from './send.ts'

/** How long a handler may be silent that writes to a client who has left. */
const SILENCE = 1_000

type Callback = (error?: Error | null) => void
type Chunk = string | Uint8Array

/**
 * Tells `recorder` what is written to `response`, while it passes to the client. Called before the handler
 * runs; `inherited`, the fields that are set by then, are taken as this client's own.
 */
export function record(
  response: ServerResponse,
  recorder: Recorder,
  inherited: Fields = { ...response.getHeaders() },
): void {
  new Tee(response, recorder, inherited).attach()
}

class Tee {
  readonly #response: ServerResponse
  readonly #recorder: Recorder
  readonly #inherited: Fields
  readonly #writeHead: ServerResponse['writeHead']
  readonly #write: ServerResponse['write']
  readonly #end: ServerResponse['end']
  readonly #flushHeaders: ServerResponse['flushHeaders']
  #hasHead = false
  #instead: Answer | undefined
  #isEnded = false
  #hasLeft = false
  #silence: NodeJS.Timeout | undefined

  constructor(response: ServerResponse, recorder: Recorder, inherited: Fields) {
    this.#response = response
    this.#recorder = recorder
    this.#inherited = inherited
    this.#writeHead = response.writeHead.bind(response)
    this.#write = response.write.bind(response)
    this.#end = response.end.bind(response)
    this.#flushHeaders = response.flushHeaders.bind(response)
  }

  attach(): void {
    const response = this.#response
    response.writeHead = this.#onWriteHead
    response.write = this.#onWrite as ServerResponse['write']
    response.end = this.#onEnd as ServerResponse['end']
    response.flushHeaders = this.#onFlushHeaders
    response.once('close', this.#onClose)
  }

  readonly #onWriteHead = (status: number, ...rest: unknown[]): ServerResponse => {
    const response = this.#response
    if (this.#hasHead) return response
    this.#hasHead = true
    const [message, fields] =
      typeof rest[0] === 'string' ? [rest[0], rest[1]] : [undefined, rest[0]]
    setAll(response, fields)
    response.statusCode = status
    if (message !== undefined) response.statusMessage = message
    const { headers, instead } = this.#recorder.head(status, response.getHeaders(), this.#inherited)
    if (instead === undefined) {
      for (const name in headers) response.setHeader(name, headers[name] as string)
      this.#writeHead(status)
    } else {
      this.#instead = instead
      if (message !== undefined) response.statusMessage = ''
      for (const name of response.getHeaderNames()) {
        if (!Object.hasOwn(this.#inherited, name)) response.removeHeader(name)
      }
    }
    return response
  }

  readonly #onFlushHeaders = (): void => {
    this.#head()
    if (this.#instead === undefined) this.#flushHeaders()
  }

  readonly #onWrite = (chunk: Chunk, encoding?: unknown, done?: unknown): boolean => {
    const [charset, callback] = argumentsOf(encoding, done)
    if (this.#isEnded) return this.#write(chunk, charset as BufferEncoding, callback)
    this.#head()
    const bytes = bytesOf(chunk, charset)
    this.#recorder.write(bytes)
    if (this.#hasLeft) this.#listen()
    if (this.#instead === undefined && !this.#hasLeft) {
      const hasRoom = this.#write(bytes, callback)
      return hasRoom || this.#recorder.isKeeping
    }
    if (callback !== undefined) process.nextTick(callback)
    return true
  }

  readonly #onEnd = (chunk?: unknown, encoding?: unknown, done?: unknown): ServerResponse => {
    const response = this.#response
    if (typeof chunk === 'function') return this.#onEnd(undefined, undefined, chunk)
    const [charset, callback] = argumentsOf(encoding, done)
    if (this.#isEnded) return this.#end(callback)
    const bytes =
      chunk === undefined || chunk === null ? undefined : bytesOf(chunk as Chunk, charset)
    const isWhole =
      !this.#hasHead && !response.hasHeader('transfer-encoding') && response.req?.method !== 'HEAD'
    if (isWhole && !response.hasHeader('content-length') && hasBody(response.statusCode)) {
      response.setHeader('content-length', bytes?.byteLength ?? 0)
    }
    this.#head()
    if (bytes !== undefined) this.#recorder.write(bytes)
    this.#isEnded = true
    clearTimeout(this.#silence)
    const wait = this.#recorder.end()
    const finish = (): void => {
      if (this.#instead !== undefined) this.#replace(callback)
      else if (bytes === undefined) this.#end(callback)
      else this.#end(bytes, callback)
    }
    if (wait === undefined) finish()
    else void wait.then(finish, finish) // what failed was reported where it did; the client is answered
    return response
  }

  /** The client is gone, or has everything. What the handler goes on to write is still recorded. */
  readonly #onClose = (): void => {
    this.#hasLeft = true
    if (this.#isEnded) return
    // Before the first byte the handler is at work; after it, a pipe has been cut and may never end.
    if (this.#hasHead) this.#listen()
  }

  #listen(): void {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => {
      this.#isEnded = true
      this.#recorder.abort()
    }, SILENCE)
    this.#silence.unref()
  }

  #head(): void {
    if (!this.#hasHead) this.#response.writeHead(this.#response.statusCode)
  }

  #replace(callback: Callback | undefined): void {
    const response = this.#response
    response.writeHead = this.#writeHead
    response.write = this.#write
    response.end = this.#end
    if (callback !== undefined) response.once('finish', callback)
    send(response, this.#instead as Answer)
  }
}

function setAll(response: ServerResponse, fields: unknown): void {
  if (Array.isArray(fields)) {
    const pairs = Array.isArray(fields[0]) ? (fields.flat() as unknown[]) : fields
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      response.appendHeader(String(pairs[i]), pairs[i + 1] as string | string[])
    }
  } else if (typeof fields === 'object' && fields !== null) {
    for (const [name, value] of Object.entries(fields as Record<string, OutgoingHttpHeader>)) {
      if (value !== undefined) response.setHeader(name, value)
    }
  }
}

function bytesOf(chunk: Chunk, charset: string | undefined): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, charset as BufferEncoding) : chunk
}

function argumentsOf(
  encoding: unknown,
  done: unknown,
): readonly [string | undefined, Callback | undefined] {
  if (typeof encoding === 'function') return [undefined, encoding as Callback]
  return [
    typeof encoding === 'string' ? encoding : undefined,
    typeof done === 'function' ? (done as Callback) : undefined,
  ]
}

function hasBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304
}
