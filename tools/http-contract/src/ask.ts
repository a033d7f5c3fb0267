import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { type ClientHttp2Stream, connect } from 'node:http2'
import { Readable } from 'node:stream'

/** What a client got. */
export interface Got extends Omit<Opened, 'body'> {
  readonly text: string
}

/** A response whose body is unread. */
export interface Opened {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Readable
}

/** What is asked for; with one Host for all instances, so that they share what they store. */
export interface Asking {
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** @default 'GET' */
  readonly method?: string
}

/** Asks the server at `port` as any client would, on a connection of its own. */
export type Open = (port: number, asking: Asking) => Promise<Opened>

const HOST = 'shop.example'

export const overHttp1: Open = async (port, { path, headers = {}, method = 'GET' }) => {
  const asked = request({
    port,
    host: '127.0.0.1',
    path,
    method,
    headers: { host: HOST, ...headers },
    agent: false,
  })
  asked.end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  asked.on('error', () => {}) // the body fails of it
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: answer }
}

export const overHttp2: Open = async (port, { path, headers = {}, method = 'GET' }) => {
  const { host = HOST, ...others } = headers
  const session = connect(`http://127.0.0.1:${port}`)
  session.on('error', () => {}) // the request fails of it
  const pseudo = { ':method': method, ':path': path, ':authority': host }
  const asked = session.request({ ...pseudo, ...others })
  asked.once('close', () => session.destroy())
  const [answer] = (await once(asked, 'response')) as [IncomingHttpHeaders & { ':status'?: number }]
  const { ':status': status = 0, ...fields } = answer
  return {
    status,
    headers: fields,
    body: Readable.from(wholeOrFailed(asked), { objectMode: false }),
  }
}

/** A stream that is reset without an error ends as one that is whole does. */
async function* wholeOrFailed(asked: ClientHttp2Stream): AsyncGenerator<Buffer> {
  let isAborted = false
  asked.once('aborted', () => {
    isAborted = true
  })
  for await (const chunk of asked) yield chunk as Buffer
  if (isAborted || asked.rstCode !== 0) throw new Error(`reset with ${asked.rstCode}`)
}

/** The same with the body read to its end. */
export async function ask(port: number, asking: Asking, open: Open = overHttp1): Promise<Got> {
  const { body, ...head } = await open(port, asking)
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  return { ...head, text: Buffer.concat(chunks).toString() }
}
