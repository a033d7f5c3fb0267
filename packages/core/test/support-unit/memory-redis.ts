import { type Bus, type BusListener, MESSAGE_VERSION } from '../../src/bus.ts'
import type { Clock } from '../../src/clock.ts'
import type { Backend } from '../../src/engine.ts'
import { STAMP_BYTES } from '../../src/frame.ts'
import type {
  Acquired,
  Change,
  FillRequest,
  Filled,
  KeyChange,
  L2,
  L2Read,
  Meta,
  Replay,
} from '../../src/tiers.ts'

interface Kept<T> {
  readonly value: T
  until: number
}

type Numbering = { -readonly [K in keyof Meta]: Meta[K] } & { server: string }

/** How far Redis' clock is ahead of the instances'. */
const AHEAD = 1_700_000_000_000

/**
 * Redis in this process, with one shard: what the scripts do, on the clock of the test. Everything is
 * answered in the turn in which it is asked.
 */
export class MemoryRedis {
  /** `away`: every command is refused; `silent`: none is answered. */
  state: 'well' | 'away' | 'silent' = 'well'
  /** Names of the operations that were asked for. */
  readonly asked: string[] = []
  /** Messages that were published. */
  readonly published: string[] = []
  /** Least number that the log still has. */
  logFrom = 0
  readonly #clock: Clock
  readonly #links = new Set<MemoryLink>()
  readonly #entries = new Map<string, Kept<Buffer>>()
  readonly #fences = new Map<string, Kept<string>>()
  readonly #leases = new Map<string, Kept<string>>()
  readonly #records = new Map<string, Kept<number>>()
  #set = 0
  #log: { seq: number; payload: string }[] = []
  #numbering: Numbering | undefined
  #server = 'server-1'
  #nonces = 0

  constructor(clock: Clock) {
    this.#clock = clock
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
    return this.#get(this.#entries, key)
  }

  /** Milliseconds until the entry's key expires. */
  remaining(key: string): number {
    return (this.#entries.get(key)?.until ?? 0) - this.time
  }

  store(key: string, bytes: Buffer): void {
    this.#entries.set(key, { value: bytes, until: Infinity })
  }

  get meta(): Meta {
    if (this.#numbering === undefined) throw new Error('no numbering yet')
    const { server: _, ...meta } = this.#numbering
    return meta
  }

  get time(): number {
    return AHEAD + this.#set + Math.floor(this.#clock.now())
  }

  /** Sets the server's clock on by `ms`. */
  setClockOn(ms: number): void {
    this.#set += ms
  }

  /** What an administrator does. */
  flushAll(): void {
    for (const keys of [this.#entries, this.#fences, this.#leases, this.#records]) keys.clear()
    this.#log = []
    this.#numbering = undefined
  }

  /** Another process serves what this one had. */
  failOver(): void {
    this.#server = `server-${this.#nonce()}`
    for (const link of this.#links) link.lose()
  }

  publish(message: string): void {
    this.published.push(message)
    for (const link of this.#links) link.deliver(message)
  }

  hello(): { meta: Meta; time: number } {
    const known = this.#numbering
    if (known === undefined) this.#mint()
    else if (known.server !== this.#server) {
      known.inc = this.#nonce()
      known.server = this.#server
    }
    return { meta: this.meta, time: this.time }
  }

  read(keys: readonly string[], tags: readonly string[]): L2Read {
    return {
      meta: this.#numbering === undefined ? undefined : this.meta,
      frames: keys.map((key) => this.stored(key) ?? null),
      records: tags.map((tag) => this.#get(this.#records, tag)),
    }
  }

  acquire(keys: readonly string[], fenceTtl: number, leaseTtl: number): Acquired {
    if (this.#numbering === undefined) this.#mint()
    const token = this.#nonce()
    const leases = keys.map((key) => {
      const fence = this.#get(this.#fences, key) ?? token
      this.#fences.set(key, { value: fence, until: this.time + fenceTtl })
      const isLeader = this.#get(this.#leases, key) === undefined
      if (isLeader) this.#leases.set(key, { value: token, until: this.time + leaseTtl })
      return { fence, token, isLeader, expiresAt: this.stored(key)?.readDoubleBE(0) ?? 0 }
    })
    return { meta: this.meta, leases }
  }

  fill({ key, fence, line, start, ttl, grace, tags, frame }: FillRequest): Filled {
    const numbering = this.#numbering
    if (numbering === undefined) return { meta: undefined, isStored: false }
    const isRefused =
      numbering.line !== line ||
      this.#get(this.#fences, key) !== fence ||
      numbering.clr > start ||
      numbering.seq < start ||
      tags.some((tag) => (this.#get(this.#records, tag) ?? numbering.tseq) > start)
    if (isRefused) return { meta: this.meta, isStored: false }
    const keep = Math.ceil(ttl) + Math.ceil(grace)
    this.#entries.set(key, {
      value: this.#stamped(Math.ceil(ttl), start, frame),
      until: this.time + keep,
    })
    this.#fences.delete(key)
    this.#leases.delete(key)
    for (const tag of tags) this.#keepRecord(tag, keep)
    return { meta: this.meta, isStored: true }
  }

  release(key: string, token: string): void {
    if (this.#get(this.#leases, key) === token) this.#leases.delete(key)
  }

  change({ keys, tags, clear }: Change, payload: string): Meta {
    const numbering = this.#numbering ?? this.#mint()
    const seq = ++numbering.seq
    if (tags.size > 0) numbering.tseq = seq
    if (clear) numbering.clr = seq
    this.#log.push({ seq, payload })
    for (const [key, action] of keys) this.#changeKey(key, action, seq)
    for (const tag of tags) {
      const record = this.#records.get(tag)
      if (record !== undefined) this.#records.set(tag, { ...record, value: seq })
    }
    const { line, inc } = numbering
    this.publish(`${MESSAGE_VERSION} ${line} ${inc} ${seq} ${payload}`)
    return this.meta
  }

  replay(line: string, inc: string, from: number, max: number): Replay {
    const numbering = this.#numbering
    if (numbering === undefined) return { meta: undefined, messages: [] }
    const isSame =
      numbering.line === line && numbering.inc === inc && numbering.server === this.#server
    const messages = this.#log.filter(({ seq }) => seq > from && seq >= this.logFrom)
    return { meta: this.meta, messages: isSame ? messages.slice(0, max) : [] }
  }

  #changeKey(key: string, action: KeyChange, seq: number): void {
    this.#fences.delete(key)
    this.#leases.delete(key)
    if (action.kind === 'delete') this.#entries.delete(key)
    else if (action.kind === 'expire') {
      const stored = this.stored(key)
      stored?.writeDoubleBE(Math.min(stored.readDoubleBE(0), this.time), 0)
    } else {
      const ttl = Math.ceil(action.ttl)
      const keep = ttl + Math.ceil(action.grace)
      const value = this.#stamped(ttl, seq, action.frame)
      this.#entries.set(key, { value, until: this.time + keep })
      for (const tag of action.tags) this.#keepRecord(tag, keep)
    }
  }

  #keepRecord(tag: string, keep: number): void {
    const value = this.#get(this.#records, tag) ?? (this.#numbering as Numbering).tseq
    const until = Math.max(this.#records.get(tag)?.until ?? 0, this.time + keep + 1_000)
    this.#records.set(tag, { value, until })
  }

  #stamped(ttl: number, start: number, frame: Buffer): Buffer {
    const stamp = Buffer.alloc(STAMP_BYTES)
    stamp.writeDoubleBE(this.time + ttl, 0)
    stamp.writeDoubleBE(start, 8)
    stamp.write(this.meta.line, 16, 'latin1')
    return Buffer.concat([stamp, frame])
  }

  #get<T>(keys: Map<string, Kept<T>>, key: string): T | undefined {
    const kept = keys.get(key)
    if (kept !== undefined && kept.until <= this.time) keys.delete(key)
    return keys.get(key)?.value
  }

  #mint(): Numbering {
    const server = this.#server
    const seq = this.time * 1_000
    const nonce = this.#nonce()
    this.#log = []
    this.#numbering = { line: nonce, inc: nonce, seq, tseq: seq, clr: seq, server }
    return this.#numbering
  }

  #nonce(): string {
    return String(++this.#nonces).padStart(16, 'n')
  }
}

/** One instance's connections: its L2 and its subscription. */
export class MemoryLink implements Backend, Bus {
  readonly redis: MemoryRedis
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
    this.redis = redis
    this.shards = [
      {
        hello: () => this.#ask('hello', () => redis.hello()),
        read: (...args) => this.#ask('read', () => redis.read(...args)),
        acquire: (...args) => this.#ask('acquire', () => redis.acquire(...args)),
        fill: (...args) => this.#ask('fill', () => redis.fill(...args)),
        release: (...args) => this.#ask('release', () => redis.release(...args)),
        change: (...args) => this.#ask('change', () => redis.change(...args)),
        replay: (...args) => this.#ask('replay', () => redis.replay(...args)),
      },
    ]
  }

  get l2(): L2 {
    return this.shards[0] as L2
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
