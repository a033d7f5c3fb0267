import type { Data } from '../twin/keyspace.ts'
import type { Bus, BusListener } from '../../src/bus.ts'
import type { Clock } from '../../src/clock.ts'
import type { Backend } from '../../src/engine.ts'
import type { Change, L2, Meta } from '../../src/tiers.ts'
import { RedisTwin } from '../twin/redis-twin.ts'
import type { ShardTwin } from '../twin/shard-twin.ts'

/** How far Redis' clock is ahead of the instances'. */
const AHEAD = 1_700_000_000_000

/** A Redis in this process, with one shard, on the clock of the test. */
export class MemoryRedis {
  /** `away`: every command is refused; `silent`: none is answered. */
  state: 'well' | 'away' | 'silent' = 'well'
  /** Names of the operations that were asked for. */
  readonly asked: string[] = []
  /** Messages that were published. */
  readonly published: string[] = []
  readonly shard: ShardTwin
  readonly #twin: RedisTwin
  readonly #links = new Set<MemoryLink>()

  constructor(clock: Clock) {
    this.#twin = new RedisTwin({
      namespace: 'test',
      shards: 1,
      clock: () => AHEAD + clock.now(),
      publish: (_, message) => this.publish(message),
    })
    this.shard = this.#twin.shards[0] as ShardTwin
  }

  /** The way of one more instance to this Redis. */
  link(): MemoryLink {
    const link = new MemoryLink(this)
    this.#links.add(link)
    return link
  }

  unlink(link: MemoryLink): void {
    this.#links.delete(link)
  }

  /** What is stored under the entry's key. */
  stored(key: string): Buffer | undefined {
    return this.shard.entry(key)
  }

  get meta(): Meta {
    const { meta } = this.shard
    if (meta === undefined) throw new Error('no numbering yet')
    return meta
  }

  get time(): number {
    return this.#twin.millis
  }

  /** Sets the server's clock on by `ms`. */
  setClockOn(ms: number): void {
    this.#twin.skew += ms
  }

  /** Milliseconds until the entry's key expires. */
  remaining(key: string): number {
    return (this.#twin.keyspace.until(this.shard.keys.entry(key)) ?? 0) - this.time
  }

  /** What an administrator does. */
  flushAll(): void {
    this.#twin.keyspace.flush()
  }

  /** All that is stored now: what a replica has that gets no more. */
  copy(): Data {
    return this.#twin.keyspace.copy()
  }

  /** Another process serves what this one had, or `data`. */
  failOver(data: Data = this.copy()): void {
    this.failOverUnheard(data)
    for (const link of this.#links) link.lose()
  }

  /** The same, and nobody's connection ends. */
  failOverUnheard(data: Data): void {
    this.#twin.keyspace.restore(data)
    this.#twin.failOver()
  }

  /** What an instance that is not of the test does. */
  change(change: Change, payload: string): void {
    this.shard.change(change, payload)
  }

  publish(message: string): void {
    this.published.push(message)
    for (const link of this.#links) link.deliver(message)
  }
}

/** One instance's connections: its L2, answered in the turn in which it is asked, and its subscription. */
export class MemoryLink implements Backend, Bus {
  readonly redis: MemoryRedis
  readonly l2: L2
  readonly shards: readonly L2[]
  readonly bus: Bus = this
  /** The subscription looks alive, and brings nothing. Ends when it is made anew. */
  isDeaf = false
  /** How often the subscription, and the command connection, were made anew. */
  resubscribed = 0
  resets = 0
  isClosed = false
  #listener: BusListener | undefined

  constructor(redis: MemoryRedis) {
    const { shard } = redis
    this.redis = redis
    this.l2 = {
      hello: () => this.#ask('hello', () => shard.hello()),
      read: (...args) => this.#ask('read', () => shard.read(...args)),
      acquire: (...args) => this.#ask('acquire', () => shard.acquire(...args)),
      fill: (...args) => this.#ask('fill', () => shard.fill(...args)),
      extend: (...args) => this.#ask('extend', () => shard.extend(...args)),
      release: (...args) => this.#ask('release', () => shard.release(...args)),
      change: (...args) => this.#ask('change', () => shard.change(...args)),
      swap: (...args) => this.#ask('swap', () => shard.swap(...args)),
      count: (...args) => this.#ask('count', () => shard.count(...args)),
      replay: (...args) => this.#ask('replay', () => shard.replay(...args)),
    }
    this.shards = [this.l2]
  }

  shardOf(): number {
    return 0
  }

  start(listener: BusListener): void {
    this.#listener = listener
    if (this.redis.state === 'well') listener.onSubscribed()
  }

  deliver(message: string): void {
    if (!this.isDeaf) this.#listener?.onMessage(0, message)
  }

  /** The connections end, and are there again. */
  lose(): void {
    this.#listener?.onLost()
    this.isDeaf = false
    this.#listener?.onSubscribed()
  }

  reconnect(): void {
    this.resubscribed++
    this.lose()
  }

  reset(): void {
    this.resets++
  }

  async close(): Promise<void> {
    this.isClosed = true
    this.redis.unlink(this)
  }

  #ask<T>(operation: string, answer: () => T): Promise<T> {
    const { redis } = this
    redis.asked.push(operation)
    if (redis.state === 'silent') return new Promise(() => {})
    if (redis.state === 'away' || this.isClosed) return Promise.reject(new Error('not connected'))
    return Promise.resolve(answer())
  }
}
