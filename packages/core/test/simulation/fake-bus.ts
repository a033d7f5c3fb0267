import type { Bus, BusListener } from '../../src/bus.ts'
import { Link } from './link.ts'
import type { Network, Socket, Way } from './network.ts'

/** What becomes of the messages of one instance. */
export interface Delivery {
  /** Parts of the messages that are lost, that come twice, and that are overtaken by others. */
  drop: number
  repeat: number
  reorder: number
}

/** Who is subscribed at the server. */
export type Subscribers = Map<Socket, (shard: number, message: string) => void>

export interface FakeBusEvents {
  isUp(): boolean
  onMessage(message: string): void
}

/** The subscription of one instance. */
export class FakeBus implements Bus {
  readonly delivery: Delivery
  readonly #network: Network
  readonly #way: Way
  readonly #subscribers: Subscribers
  readonly #events: FakeBusEvents
  #link: Link | undefined

  constructor(
    network: Network,
    way: Way,
    subscribers: Subscribers,
    delivery: Delivery,
    events: FakeBusEvents,
  ) {
    this.#network = network
    this.#way = way
    this.#subscribers = subscribers
    this.delivery = { ...delivery }
    this.#events = events
  }

  get link(): Link {
    return this.#link as Link
  }

  start(listener: BusListener): void {
    this.#link = new Link(this.#network, this.#way, 'bus', {
      isUp: () => this.#events.isUp(),
      onAccepted: (socket) => {
        this.#subscribers.set(socket, (shard, message) =>
          this.#publish(socket, shard, message, listener),
        )
      },
      onReady: () => listener.onSubscribed(),
      onClosed: () => listener.onLost(),
    })
    this.#link.connect()
  }

  reconnect(): void {
    this.#link?.reset()
  }

  async close(): Promise<void> {
    this.#link?.end()
  }

  #publish(socket: Socket, shard: number, message: string, listener: BusListener): void {
    if (!socket.isServed) {
      this.#subscribers.delete(socket)
      return
    }
    const { drop, repeat, reorder } = this.delivery
    const [, , , seq = '', payload = ''] = message.split(' ', 5)
    const what = `message ${payload}`
    const deliver = (): void => {
      this.#events.onMessage(`${seq} ${payload}`)
      listener.onMessage(shard, message)
    }
    const luck = (of: string): number => this.#network.chance(`${this.#way.id} ${of} ${what}`)
    if (luck('drop') < drop) return
    socket.down(what, deliver, luck('reorder') >= reorder)
    if (luck('repeat') < repeat) socket.down(what, deliver, luck('reorder') >= reorder)
  }
}
