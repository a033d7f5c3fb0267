import type { Redis, RedisOptions } from 'ioredis'
import type { BackendListener } from '../engine.ts'
import { ConfigError, TierError } from '../errors.ts'
import { bare } from './bare-error.ts'
import {
  type Argument,
  type RedisClient,
  type RedisOption,
  type ScriptRunner,
  isClient,
  renew,
} from './client.ts'
import { MasterGuide } from './master-guide.ts'
import { MasterWatch } from './master-watch.ts'
import { CONNECT_TIMEOUT, OURS, ioredis, open } from './open-client.ts'
import { type ScriptCommand, scriptCommandOf } from './script-command.ts'
import type { Script } from './scripts/script.ts'

/** Shards on a Cluster, where one slot would be one server. */
const CLUSTER_SHARDS = 16

/**
 * The connection that commands go over, ours or the user's. A command is sent now or fails now:
 * nothing queues while Redis is away.
 */
export class Connection {
  readonly client: RedisClient
  readonly #isOurs: boolean
  readonly #isAnonymous: boolean
  readonly #listener: BackendListener
  /** Absent for a client of another ioredis than ours, maybe: its commands are its own. */
  readonly #scriptCommand: ScriptCommand | undefined
  /** Where sentinels say where to connect, and the clients are ours. */
  readonly #guide: MasterGuide | undefined
  /** Of a Cluster: those that are listened to. */
  readonly #nodes = new Set<RedisClient>()
  #connecting: Promise<void> | undefined
  #connectedAt = -Infinity
  /** Why there is no connection, if that was said: nobody waits for one then, until it is there. */
  #trouble: Error | undefined

  constructor(
    option: RedisOption,
    listener: BackendListener,
    { isAnonymous = false, isOurs = !(typeof option === 'object' && isClient(option)) } = {},
  ) {
    this.#isOurs = isOurs
    this.#isAnonymous = isAnonymous
    if (typeof option === 'object' && isClient(option)) this.client = option
    else {
      if (typeof option === 'object' && 'sentinels' in option && option.sentinels) {
        this.#guide = new MasterGuide(option.natMap)
      }
      this.client = open(option, isAnonymous, this.#guide)
      this.#scriptCommand = scriptCommandOf(ioredis().Command)
    }
    const unfit = unfitOption(this.client.options)
    if (unfit !== undefined) {
      if (this.#isOurs) this.client.disconnect()
      throw new ConfigError(`redis: ${unfit}`)
    }
    this.#listener = listener
    this.client.on('error', this.#onError)
    this.client.on('connect', this.#onConnect)
    this.client.on('ready', this.#onReady)
    // A Cluster is ready once; a replica that takes over there is connected to when it is needed.
    if (this.client.isCluster === true) {
      this.client.on('+node', this.#onNode)
      this.client.on('-node', this.#onNodeGone)
    }
  }

  /** Whether invalidations travel by sharded pub/sub. */
  get isSharded(): boolean {
    return this.client.isCluster === true && this.client.options.shardedSubscribers === true
  }

  get defaultShards(): number {
    return this.client.isCluster === true ? CLUSTER_SHARDS : 1
  }

  /**
   * A connection of our own for the subscription, with the options of this one. It subscribes through
   * the bus alone: what ioredis would do by itself after a reconnect rejects with nobody to hear it.
   */
  subscriber(): RedisClient {
    return this.client.isCluster === true
      ? this.client.duplicate()
      : this.#duplicate({ autoResubscribe: false })
  }

  /** Hears of a new master from the sentinels, where there are any and the clients are ours, and leads them there. */
  watchMaster(): MasterWatch | undefined {
    const options = this.client.options as RedisOptions
    if (this.#guide === undefined) return undefined
    const { Redis } = ioredis()
    const openOne = (own: RedisOptions): Redis => new Redis({ ...(own as object), ...OURS })
    return new MasterWatch(options, this.#guide, openOne, this.#listener.onError)
  }

  /** A connection of our own to the same server, with the same options: WAIT blocks all behind it. */
  dedicated(): Connection {
    const override = { enableOfflineQueue: false, maxRetriesPerRequest: 0, lazyConnect: false }
    return new Connection(this.#duplicate(override), this.#listener, {
      isAnonymous: this.#isAnonymous,
      isOurs: true,
    })
  }

  /** How many replicas have all that was written over this connection, after `timeout` ms at most. */
  async wait(replicas: number, timeout: number): Promise<number> {
    if (this.client.status !== 'ready') return this.#refuse('wait')
    // oxlint-disable-next-line typescript/no-unnecessary-type-conversion -- text on a client with `stringNumbers`
    return Number(await this.client.wait(replicas, timeout))
  }

  /** Resolves when the attempt to connect that is under way succeeds; rejects when it fails. */
  connected(): Promise<void> {
    if (this.client.status === 'ready') return Promise.resolve()
    if (this.#trouble !== undefined) return this.#refuse('connect')
    this.#connecting ??= this.#settled().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  mget(names: string[]): Promise<(Buffer | null)[]> {
    return this.client.status === 'ready' ? this.client.mgetBuffer(names) : this.#refuse('read')
  }

  async run<T>(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<T> {
    if (this.client.status !== 'ready') return this.#refuse(script.name)
    const { sha, lua } = this.#isAnonymous ? script.anonymous : script
    try {
      return (await this.#send('evalsha', [sha, keys.length, ...keys, ...args])) as T
    } catch (error) {
      const { message } = bare(error) as Error
      // A replica that was our primary: the client has to ask anew who the primary is. ioredis'
      // `reconnectOnError` would leave the connection once for each such answer.
      if (message.startsWith('READONLY')) this.reset()
      if (!message.startsWith('NOSCRIPT')) throw error
      const repeated = this.#send('eval', [lua, keys.length, ...keys, ...args])
      return (await repeated.catch((refusal: unknown) => {
        throw bare(refusal)
      })) as T
    }
  }

  #duplicate(override: object): RedisClient {
    const { client } = this
    const copy = (own: object = {}): RedisClient =>
      client.duplicate({ ...override, ...own } as never)
    return this.#guide === undefined ? copy() : this.#guide.lead((natMap) => copy({ natMap }))
  }

  #send(name: 'evalsha' | 'eval', args: Argument[]): Promise<unknown> {
    const runner = this.client as RedisClient & ScriptRunner
    if (this.#scriptCommand !== undefined)
      return runner.sendCommand(this.#scriptCommand(name, args))
    return name === 'evalsha' ? runner.evalshaBuffer(args) : runner.evalBuffer(args)
  }

  /**
   * Gives up the socket for a new one, if it is ours: one that is half-open never says so. One that was
   * just made has its time to get ready: who gives it up begins anew, and later each time.
   */
  reset(): void {
    // A Cluster's client looks after its nodes itself.
    if (!this.#isOurs || this.client.isCluster === true) return
    const isYoung = performance.now() - this.#connectedAt < CONNECT_TIMEOUT
    if (this.client.status === 'ready' || !isYoung) renew(this.client)
  }

  close(): void {
    this.client.off('error', this.#onError)
    this.client.off('connect', this.#onConnect)
    this.client.off('ready', this.#onReady)
    if (this.client.isCluster === true) {
      this.client.off('+node', this.#onNode)
      this.client.off('-node', this.#onNodeGone)
    }
    for (const node of this.#nodes) this.#onNodeGone(node)
    if (!this.#isOurs) return
    this.client.on('error', () => {}) // what a closing socket still says is of no interest
    this.client.disconnect()
  }

  readonly #onError = (error: Error): void => {
    bare(error)
    if (this.client.status !== 'ready') this.#trouble = error
    this.#listener.onError(error)
  }

  readonly #onConnect = (): void => {
    this.#connectedAt = performance.now()
  }

  readonly #onReady = (): void => {
    this.#trouble = undefined
    this.#listener.onConnected()
  }

  readonly #onNode = (node: RedisClient): void => {
    this.#nodes.add(node)
    node.on('ready', this.#listener.onConnected)
  }

  readonly #onNodeGone = (node: RedisClient): void => {
    this.#nodes.delete(node)
    node.off('ready', this.#listener.onConnected)
  }

  #settled(): Promise<void> {
    const { client } = this
    if (client.status === 'wait') client.connect().catch(this.#onError)
    return new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        for (const event of SETTLED) client.off(event, settle)
        if (client.status === 'ready') resolve()
        else reject(this.#unconnected('connect'))
      }
      for (const event of SETTLED) client.on(event, settle)
      if (client.status === 'end') settle()
    })
  }

  #refuse(operation: string): Promise<never> {
    return Promise.reject(this.#unconnected(operation))
  }

  #unconnected(operation: string): TierError {
    const cause = this.#trouble
    if (cause === undefined)
      return new TierError(operation, `not connected (${this.client.status})`)
    return new TierError(operation, `not connected (${cause.message})`, { cause })
  }
}

/** Why a client with these options can't be used, if it can't. */
function unfitOption({ keyPrefix, scaleReads, role }: RedisClient['options']): string | undefined {
  if (keyPrefix) return 'a client with a keyPrefix is not supported; use namespace instead'
  // A replica that is behind answers with what was invalidated, as one step that nothing contradicts.
  if (scaleReads !== undefined && scaleReads !== 'master') {
    return "scaleReads must be 'master': what replicas answer may be out of date"
  }
  if (role === 'slave') return "role must be 'master': a replica takes no writes"
  return undefined
}

/** Events after which an attempt to connect is over. */
const SETTLED = ['ready', 'close', 'end'] as const
