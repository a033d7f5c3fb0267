import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import type { Word } from '../../src/redis/sentinel.ts'

const REFUSED = '-ERR No such master with that name\r\n'

/** A sentinel that says what it is told to: real ones don't stay behind for as long as a test wants. */
export class SaidSentinel implements AsyncDisposable {
  /** How often it was asked who is master. */
  asked = 0
  readonly host = '127.0.0.1'
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Those that speak RESP3. */
  readonly #newer = new Set<Socket>()
  readonly #listening = new Map<Socket, readonly string[]>()
  #word: Word | undefined

  static async start(word: Word | undefined): Promise<SaidSentinel> {
    const sentinel = new SaidSentinel(word)
    sentinel.#server.listen(0, sentinel.host)
    await once(sentinel.#server, 'listening')
    return sentinel
  }

  constructor(word: Word | undefined) {
    this.#word = word
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        this.#listening.delete(socket)
        this.#newer.delete(socket)
      })
      socket.on('data', (bytes) => {
        for (const command of String(bytes).split(/^\*\d+\r\n/m)) this.#answer(command, socket)
      })
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get connections(): number {
    return this.#sockets.size
  }

  get listeners(): number {
    return this.#listening.size
  }

  /** Who is master from now on; it has no news of it. */
  say(word: Word): void {
    this.#word = word
  }

  publish(channel: string, message: string): void {
    for (const [socket, channels] of this.#listening) {
      if (channels.includes(channel)) this.#push(socket, 'message', channel, message)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #answer(command: string, socket: Socket): void {
    const words = command.split('\r\n').filter((word) => word !== '' && !word.startsWith('$'))
    const [name, part] = words.map((word) => word.toLowerCase())
    const word = this.#word
    if (name === undefined) return
    if (name === 'subscribe') {
      this.#listening.set(socket, words.slice(1))
      for (const channel of words.slice(1)) this.#push(socket, 'subscribe', channel, 1)
    } else if (name !== 'sentinel') {
      if (name === 'hello') this.#newer.add(socket)
      socket.write('+OK\r\n')
    } else if (part === 'sentinels') socket.write(array([]))
    else {
      if (part === 'get-master-addr-by-name') this.asked++
      if (word === undefined) socket.write(REFUSED)
      else if (part === 'master') socket.write(array(['name', 'main', 'config-epoch', word.epoch]))
      else socket.write(array(word.address.split(':')))
    }
  }

  #push(socket: Socket, kind: string, channel: string, what: string | number): void {
    const items = [kind, channel].map(bulk).join('')
    const last = typeof what === 'number' ? `:${what}\r\n` : bulk(what)
    socket.write(`${this.#newer.has(socket) ? '>' : '*'}3\r\n${items}${last}`)
  }
}

function array(items: readonly (string | number)[]): string {
  return `*${items.length}\r\n${items.map(bulk).join('')}`
}

function bulk(item: string | number): string {
  return `$${String(item).length}\r\n${item}\r\n`
}
