import type { ClusterNode, ClusterOptions, Command, RedisOptions } from 'ioredis'

/** Arguments of a command. */
export type Argument = string | number | Buffer

/** What is used of an ioredis client: `Redis` and `Cluster` of versions 5.4 and later both have it. */
export interface RedisClient {
  readonly status: string
  readonly isCluster?: boolean
  readonly options: {
    readonly keyPrefix?: string | undefined
    readonly shardedSubscribers?: boolean | undefined
    /** Of a Cluster: which nodes are read from. */
    readonly scaleReads?: unknown
    /** Of a Redis with sentinels: which server is connected to. */
    readonly role?: unknown
  }
  wait(replicas: number, timeout: number): Promise<number>
  mgetBuffer(keys: string[]): Promise<(Buffer | null)[]>
  subscribe(...channels: string[]): Promise<unknown>
  ssubscribe(...channels: string[]): Promise<unknown>
  duplicate(override?: never): RedisClient
  connect(): Promise<unknown>
  disconnect(reconnect?: boolean): void
  // oxlint-disable-next-line typescript/no-explicit-any -- as in node:events
  on(event: string, listener: (...args: any[]) => void): unknown
  // oxlint-disable-next-line typescript/no-explicit-any -- as in node:events
  off(event: string, listener: (...args: any[]) => void): unknown
}

/**
 * Scripts answered with bytes. Every ioredis client has these, though its types do not say so;
 * `callBuffer`, which they name, fails on a client with `enableAutoPipelining`.
 */
export interface ScriptRunner {
  evalshaBuffer(args: Argument[]): Promise<unknown>
  evalBuffer(args: Argument[]): Promise<unknown>
  sendCommand(command: Command): Promise<unknown>
}

/** A Redis Cluster to connect to. */
export interface ClusterTarget {
  readonly nodes: readonly ClusterNode[]
  readonly options?: ClusterOptions
}

/** Where Redis is: a URL, ioredis options, a Cluster's nodes, or a client of your own. */
export type RedisOption = string | RedisOptions | ClusterTarget | RedisClient

/** Clients that are leaving their connection: to leave it once more would only add to its listeners. */
const leaving = new WeakSet<RedisClient>()

/** Lets a client leave its connection for a new one. One that is on its way is left to get there. */
export function renew(client: RedisClient): void {
  const isThere = client.status === 'ready' || client.status === 'connect'
  if (leaving.has(client) || !isThere) return
  const settle = (): void => {
    client.off('close', settle)
    leaving.delete(client)
  }
  leaving.add(client)
  client.on('close', settle)
  client.disconnect(true)
}

export function isClient(option: object): option is RedisClient {
  return 'duplicate' in option && typeof option.duplicate === 'function'
}
