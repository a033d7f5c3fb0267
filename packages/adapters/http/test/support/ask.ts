import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest } from 'node:http'

/** What a client got. */
export interface Got {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Asking {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** Asks the server at `port` as any client would, on a connection of its own. */
export async function ask(port: number, asking: Asking = {}): Promise<Got> {
  const { path = '/', method = 'GET', headers = {}, body } = asking
  const asked = httpRequest({
    host: '127.0.0.1',
    port,
    path,
    method,
    headers: { host: 'shop.example', ...headers },
    agent: false,
  })
  asked.end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    body: Buffer.concat(chunks).toString(),
  }
}
