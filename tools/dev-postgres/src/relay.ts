import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { asksForEncryption, messages, textAt } from './messages.ts'

const LISTEN = /(?:^|;)\s*listen\s+(?:"([^"]+)"|(\w+))/gi

/**
 * Stands before PGlite's socket server, and brings notifications to those who listen. All clients of that server
 * share one session of the database, so a notification comes out of it wherever a query is running just then. Not
 * understood: UNLISTEN.
 */
export class Relay {
  readonly #target: number
  readonly #server: Server
  /** Clients, with the channels that they listen to. */
  readonly #clients = new Map<Socket, Set<string>>()

  constructor(target: number) {
    this.#target = target
    this.#server = createServer({ noDelay: true }, (client) => this.#join(client))
  }

  /** Resolves to its port. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const client of this.#clients.keys()) client.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    this.#clients.set(client, new Set())
    client.once('close', () => this.#clients.delete(client))
    const server = connect({ port: this.#target, host: '127.0.0.1', noDelay: true })
    const leave = (): void => {
      client.destroy()
      server.destroy()
    }
    pipeline(client, (chunks) => this.#asked(client, chunks), server).catch(leave)
    pipeline(server, (chunks) => this.#answered(chunks), client).catch(leave)
  }

  async *#asked(client: Socket, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const message of messages(chunks, 'client')) {
      const { type, bytes } = message
      if (asksForEncryption(message)) {
        client.write('N') // there is none
        continue
      }
      if (type === 'Q') this.#note(client, textAt(bytes, 5))
      if (type === 'P') this.#note(client, textAt(bytes, bytes.indexOf(0, 5) + 1))
      yield bytes
    }
  }

  #note(client: Socket, query: string): void {
    for (const [, quoted, plain = ''] of query.matchAll(LISTEN)) {
      this.#clients.get(client)?.add(quoted ?? plain.toLowerCase())
    }
  }

  async *#answered(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const { type, bytes } of messages(chunks, 'server')) {
      if (type !== 'A') {
        yield bytes
        continue
      }
      const channel = textAt(bytes, 9) // behind the length and the sender's process
      for (const [client, channels] of this.#clients) {
        if (channels.has(channel)) client.write(bytes)
      }
    }
  }
}
