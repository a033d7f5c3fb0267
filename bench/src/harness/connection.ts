import { once } from 'node:events'
import { type Socket, connect } from 'node:net'

/** A connection of a client that does as little as possible: it sends bytes, and counts those that come back. */
export class Connection {
  readonly #socket: Socket
  readonly #request: Buffer
  #length = 0
  #seen = 0
  #answered: () => void = () => {}

  private constructor(socket: Socket, path: string) {
    this.#socket = socket
    this.#request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: bench.example\r\n\r\n`)
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      if (this.#seen === 0) this.#length = lengthOf(chunk)
      this.#seen += chunk.byteLength
      if (this.#seen < this.#length) return
      this.#seen = 0
      this.#answered()
    })
  }

  static async open(port: number, path: string): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1' })
    await once(socket, 'connect')
    return new Connection(socket, path)
  }

  /** One request, and its whole answer. */
  ask(): Promise<void> {
    return new Promise((resolve) => {
      this.#answered = resolve
      this.#socket.write(this.#request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Bytes of a response, by its head, which comes in one piece. */
function lengthOf(chunk: Buffer): number {
  const head = chunk.indexOf('\r\n\r\n')
  const text = chunk.toString('latin1', 0, head)
  const [, body] = /\r\ncontent-length: (\d+)/i.exec(text) ?? []
  if (head === -1 || body === undefined || !text.startsWith('HTTP/1.1 200')) {
    throw new Error(`http: the server answered ${text.slice(0, 40)}`)
  }
  return head + 4 + Number(body)
}
