import type { Bus, BusListener } from '../bus.ts'
import { BusError } from '../errors.ts'
import { type RedisClient, renew } from './client.ts'
import { bare } from './bare-error.ts'
import type { Connection } from './connect.ts'

/** The channels of all shards, over one connection of our own. */
export class RedisBus implements Bus {
  readonly #connection: Connection
  readonly #shards: ReadonlyMap<string, number>
  #client: RedisClient | undefined
  #onError: (error: unknown) => void = () => {}

  /** `channels` in the order of their shards. */
  constructor(connection: Connection, channels: readonly string[]) {
    this.#connection = connection
    this.#shards = new Map(channels.map((channel, shard) => [channel, shard]))
  }

  start(listener: BusListener): void {
    const client = this.#connection.subscriber()
    const isSharded = this.#connection.isSharded
    this.#client = client
    this.#onError = (error) => listener.onError(bare(error))
    client.on('error', this.#onError)
    client.on(isSharded ? 'smessage' : 'message', (channel: string, message: string) => {
      const shard = this.#shards.get(channel)
      if (shard !== undefined) listener.onMessage(shard, message)
    })
    client.on('close', () => listener.onLost())
    client.on('ready', () => {
      this.#subscribe(client, isSharded).then(
        () => listener.onSubscribed(),
        (error: unknown) => this.#onError(new BusError('could not subscribe', { cause: error })),
      )
    })
    if (client.status === 'wait') client.connect().catch(this.#onError)
  }

  reconnect(): void {
    if (this.#client !== undefined) renew(this.#client)
  }

  async close(): Promise<void> {
    const client = this.#client
    if (client === undefined) return
    client.off('error', this.#onError)
    client.on('error', () => {}) // what a closing socket still says is of no interest
    client.disconnect()
  }

  async #subscribe(client: RedisClient, isSharded: boolean): Promise<void> {
    const channels = [...this.#shards.keys()]
    // Sharded channels of one call have to be in one slot.
    if (isSharded) await Promise.all(channels.map((channel) => client.ssubscribe(channel)))
    else await client.subscribe(...channels)
  }
}
