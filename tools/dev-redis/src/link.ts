import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Address } from './resp/ask.ts'
import { freePort } from './server/free-port.ts'

const HOST = '127.0.0.1'

/**
 * A stable address before a server that may change. Understands nothing of what passes, so that
 * replication can go through it too.
 */
export class Link implements Address {
  readonly host = HOST
  readonly port: number
  #target: Address
  #isOpen = true
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(port: number, target: Address) {
    this.port = port
    this.#target = target
    this.#server = createServer((client) => this.#accept(client))
  }

  /** Opens a link to `target` on a free port. */
  static async open(target: Address): Promise<Link> {
    const link = new Link(await freePort(), target)
    link.#server.listen(link.port, HOST)
    await once(link.#server, 'listening')
    // A link alone does not keep the process running.
    link.#server.unref()
    return link
  }

  /** Leads elsewhere from here on; connections that are open are cut. */
  leadTo(target: Address): void {
    this.#target = target
    this.#isOpen = true
    this.#endAll()
  }

  /** Lets nothing through, until `leadTo`. */
  cut(): void {
    this.#isOpen = false
    this.#endAll()
  }

  close(): void {
    this.#server.close()
    this.#endAll()
  }

  #accept(client: Socket): void {
    if (!this.#isOpen) {
      client.destroy()
      return
    }
    const server = connect({ host: this.#target.host, port: this.#target.port })
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {}) // 'close' follows
      socket.once('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }

  #endAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
