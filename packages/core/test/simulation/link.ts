import { Socket, type Network, type Way } from './network.ts'

const CONNECT_TIMEOUT = 400
const FIRST_RETRY = 20
const LAST_RETRY = 200

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** What a link tells, and what the server does when it is reached. */
export interface LinkEvents {
  /** Whether there is a server that accepts. */
  isUp(): boolean
  /** At the server, when the connection is made. */
  onAccepted(socket: Socket): void
  onReady(socket: Socket): void
  onClosed(): void
}

/** A connection that is made again whenever it is lost, as ioredis does it. */
export class Link {
  socket: Socket | undefined
  readonly network: Network
  readonly way: Way
  readonly #name: string
  readonly #events: LinkEvents
  #isReady = false
  #isEnded = false
  #attempts = 0
  #waiting: Waiting[] = []

  constructor(network: Network, way: Way, name: string, events: LinkEvents) {
    this.network = network
    this.way = way
    this.#name = name
    this.#events = events
  }

  get isReady(): boolean {
    return this.#isReady
  }

  connect(): void {
    if (this.#isEnded) return
    const socket = new Socket(this.network, this.way, this.#name)
    this.socket = socket
    const { scheduler } = this.network
    const cancel = scheduler.at(scheduler.now + CONNECT_TIMEOUT, this.way, () =>
      this.#close(socket),
    )
    socket.up('connect', () => {
      if (!this.#events.isUp()) {
        socket.down('refused', () => this.#close(socket))
        return
      }
      this.#events.onAccepted(socket)
      socket.down('connected', () => {
        if (this.socket !== socket) return
        cancel()
        this.#isReady = true
        this.#attempts = 0
        for (const { resolve } of this.#settled()) resolve()
        this.#events.onReady(socket)
      })
    })
  }

  /** Resolves when the attempt to connect that is under way succeeds; rejects when it fails. */
  connected(): Promise<void> {
    if (this.#isReady) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** The server closes it. */
  kill(): void {
    const { socket } = this
    socket?.kill(() => this.#close(socket))
  }

  /** The client gives it up for a new one. What was sent may arrive nevertheless. */
  reset(): void {
    if (this.socket !== undefined) this.#close(this.socket)
  }

  end(): void {
    this.#isEnded = true
    this.reset()
  }

  #close(socket: Socket): void {
    if (this.socket !== socket) return
    socket.isOpen = false
    if (this.network.chance(`${this.way.id} ${this.#name} lost`) < 0.5) socket.isServed = false
    this.socket = undefined
    this.#isReady = false
    for (const { reject } of this.#settled()) reject(new Error('connection closed'))
    this.#events.onClosed()
    const { scheduler } = this.network
    const pause = Math.min(FIRST_RETRY * 2 ** this.#attempts++, LAST_RETRY)
    if (!this.#isEnded) scheduler.at(scheduler.now + pause, this.way, () => this.connect())
  }

  #settled(): Waiting[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }
}
