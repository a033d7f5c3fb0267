import type { Bus, BusListener } from '../bus.ts'
import { BusError } from '../errors.ts'
import { type RedisClient, renew } from './client.ts'
import { bare } from './bare-error.ts'
import type { Connection } from './connect.ts'

/** The channels of all shards, over one connection of our own. */
export class RedisBus implements Bus {
  readonly #connection: Connection
  readonly #shards: ReadonlyMap<string, number>
  #listener: BusListener | undefined
  #client: RedisClient | undefined

  /** `channels` in the order of their shards. */
  constructor(connection: Connection, channels: readonly string[]) {
    this.#connection = connection
    this.#shards = new Map(channels.map((channel, shard) => [channel, shard]))
  }

  start(listener: BusListener): void {
    this.#listener = listener
    const client = this.#connection.subscriber()
    const isSharded = this.#connection.isSharded
    this.#client = client
    // What a client that was left still says is of no interest.
    const told = <T extends unknown[]>(hear: (...what: T) => void) => {
      return (...what: T): void => {
        if (this.#client === client) hear(...what)
      }
    }
    const onError = told((error: unknown) => listener.onError(bare(error)))
    client.on('error', onError)
    client.on(
      isSharded ? 'smessage' : 'message',
      told((channel: string, message: string) => {
        const shard = this.#shards.get(channel)
        if (shard !== undefined) listener.onMessage(shard, message)
      }),
    )
    client.on(
      'close',
      told(() => listener.onLost()),
    )
    client.on('ready', () => {
      this.#subscribe(client, isSharded).then(
        told(() => listener.onSubscribed()),
        (error: unknown) => onError(new BusError('could not subscribe', { cause: error })),
      )
    })
    if (client.status === 'wait') client.connect().catch(onError)
  }

  reconnect(): void {
    if (this.#client === undefined || this.#listener === undefined) return
    if (this.#client.isCluster !== true) return renew(this.#client)
    // On a Cluster by another client: sharded subscribers of ioredis that are stopped while they connect
    // leave the client without any for good. One that is on its way is left to get there.
    if (this.#client.status !== 'ready') return
    this.#leave()
    this.#listener.onLost()
    this.start(this.#listener)
  }

  async close(): Promise<void> {
    this.#leave()
  }

  #leave(): void {
    const client = this.#client
    this.#client = undefined
    client?.disconnect()
  }

  async #subscribe(client: RedisClient, isSharded: boolean): Promise<void> {
    const channels = [...this.#shards.keys()]
    // Sharded channels of one call have to be in one slot.
    if (isSharded) await Promise.all(channels.map((channel) => client.ssubscribe(channel)))
    else await client.subscribe(...channels)
  }
}
