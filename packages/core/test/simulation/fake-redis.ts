import type {
  Acquired,
  Change,
  FillRequest,
  Filled,
  KeyChange,
  L2Read,
  Lease,
  Meta,
  Replay,
} from '../../src/tiers.ts'

/** The meta string, taken apart. */
export interface FakeMeta extends Meta {
  readonly pid: string
}

interface Stored {
  readonly value: unknown
  /** In the server's milliseconds. */
  readonly until: number
}

export interface LogItem {
  readonly seq: number
  readonly payload: string
}

type Data = Map<string, Stored>

const RECORD_MARGIN = 1_000

/** What is told of each change that is made. */
export type OnChange = (shard: number, change: Change) => void

/** One Redis server: names and values, which expire by its own clock. Values are never changed in place. */
export class FakeRedis {
  readonly shards: readonly FakeShard[]
  /** The replication id: another one after a restart or a promotion. */
  pid = 'p1'
  /** Its clock against the world's. */
  skew = 0
  #data: Data = new Map()
  readonly #world: () => number

  constructor(
    shards: number,
    logLength: number,
    world: () => number,
    publish: (shard: number, message: string) => void,
    onChange: OnChange,
  ) {
    this.#world = world
    this.shards = Array.from(
      { length: shards },
      (_, index) => new FakeShard(this, index, logLength, publish, onChange),
    )
  }

  /** Milliseconds of its clock, not rounded. */
  get time(): number {
    return 1.7e12 + this.#world() + this.skew
  }

  get<T>(name: string): T | undefined {
    const stored = this.#data.get(name)
    if (stored === undefined) return undefined
    if (stored.until > Math.floor(this.time)) return stored.value as T
    this.#data.delete(name)
    return undefined
  }

  set(name: string, value: unknown, ttl = Infinity): void {
    this.#data.set(name, { value, until: Math.floor(this.time) + ttl })
  }

  setKeepingTtl(name: string, value: unknown): void {
    const until = this.#data.get(name)?.until ?? Infinity
    this.#data.set(name, { value, until })
  }

  /** `PEXPIRE … GT` */
  prolong(name: string, ttl: number): boolean {
    const value = this.get(name)
    const until = Math.floor(this.time) + ttl
    if (value === undefined || until <= (this.#data.get(name) as Stored).until) return false
    this.#data.set(name, { value, until })
    return true
  }

  delete(...names: readonly string[]): void {
    for (const name of names) this.#data.delete(name)
  }

  flush(): void {
    this.#data.clear()
  }

  names(): string[] {
    return [...this.#data.keys()].filter((name) => this.get(name) !== undefined)
  }

  copy(): Data {
    return new Map(this.#data)
  }

  restore(data: Data, pid: string): void {
    this.#data = new Map(data)
    this.pid = pid
  }
}

/** One shard: the scripts of `src/redis/scripts`, each one atomic step, and the read. */
export class FakeShard {
  readonly #redis: FakeRedis
  readonly #index: number
  readonly #logLength: number
  readonly #publish: (shard: number, message: string) => void
  readonly #onChange: OnChange

  constructor(
    redis: FakeRedis,
    index: number,
    logLength: number,
    publish: (shard: number, message: string) => void,
    onChange: OnChange,
  ) {
    this.#redis = redis
    this.#index = index
    this.#logLength = logLength
    this.#publish = publish
    this.#onChange = onChange
  }

  name(rest: string): string {
    return `${this.#index}:${rest}`
  }

  get meta(): FakeMeta | undefined {
    return this.#redis.get(this.name('m'))
  }

  record(tag: string): number | undefined {
    return this.#redis.get(this.name(`t:${tag}`))
  }

  frame(key: string): Buffer | undefined {
    return this.#redis.get(this.name(`e:${key}`))
  }

  hello(nonce: string): { meta: Meta; time: number } {
    const { pid } = this.#redis
    let meta = this.meta
    if (meta === undefined) {
      meta = this.#mint(nonce)
      this.#redis.set(this.name('m'), meta)
    } else if (meta.pid !== pid) {
      meta = { ...meta, inc: nonce, pid }
      this.#redis.set(this.name('m'), meta)
    }
    return { meta, time: this.#millis() }
  }

  read(keys: readonly string[], tags: readonly string[]): L2Read {
    return {
      meta: this.meta,
      frames: keys.map((key) => this.frame(key) ?? null),
      records: tags.map((tag) => this.record(tag)),
    }
  }

  acquire(keys: readonly string[], nonce: string, fenceTtl: number, leaseTtl: number): Acquired {
    let meta = this.meta
    if (meta === undefined) {
      meta = this.#mint(nonce)
      this.#redis.set(this.name('m'), meta)
    }
    const leases = keys.map((key): Lease => {
      const fenceName = this.name(`f:${key}`)
      let fence = this.#redis.get<string>(fenceName)
      if (fence === undefined) {
        fence = nonce
        this.#redis.set(fenceName, fence, Math.ceil(fenceTtl))
      } else this.#redis.prolong(fenceName, Math.ceil(fenceTtl))
      const leaseName = this.name(`l:${key}`)
      const isLeader = this.#redis.get(leaseName) === undefined
      if (isLeader) this.#redis.set(leaseName, nonce, Math.ceil(leaseTtl))
      const expiresAt = this.frame(key)?.readDoubleBE(0) ?? 0
      return { fence, token: nonce, isLeader, expiresAt: Math.round(expiresAt) }
    })
    return { meta, leases }
  }

  fill(request: FillRequest): Filled {
    const { key, fence, line, start, tags, frame } = request
    const { meta } = this
    if (meta === undefined) return { meta, isStored: false }
    const refused = { meta, isStored: false }
    if (meta.line !== line) return refused
    if (this.#redis.get(this.name(`f:${key}`)) !== fence) return refused
    if (meta.clr > start || meta.seq < start) return refused
    for (const tag of tags) if ((this.record(tag) ?? meta.tseq) > start) return refused
    const ttl = Math.ceil(request.ttl)
    const keep = ttl + Math.ceil(request.grace)
    this.#redis.set(this.name(`e:${key}`), stamped(this.#millis() + ttl, start, line, frame), keep)
    this.#redis.delete(this.name(`f:${key}`), this.name(`l:${key}`))
    for (const tag of tags) this.#keepRecord(tag, meta.tseq, keep + RECORD_MARGIN)
    return { meta, isStored: true }
  }

  release(key: string, token: string): void {
    const name = this.name(`l:${key}`)
    if (this.#redis.get(name) === token) this.#redis.delete(name)
  }

  change(change: Change, payload: string, nonce: string): Meta {
    const { keys, tags, clear } = change
    const old = this.meta ?? this.#mint(nonce)
    const seq = old.seq + 1
    const meta: FakeMeta = {
      ...old,
      seq,
      tseq: tags.size > 0 ? seq : old.tseq,
      clr: clear ? seq : old.clr,
    }
    this.#redis.set(this.name('m'), meta)
    this.#log({ seq, payload })
    for (const [key, action] of keys) this.#changeKey(key, action, meta)
    for (const tag of tags) {
      if (this.record(tag) !== undefined) this.#redis.setKeepingTtl(this.name(`t:${tag}`), seq)
    }
    for (const [tag, keep] of keptBy(keys.values())) this.#keepRecord(tag, meta.tseq, keep)
    this.#onChange(this.#index, change)
    this.#publish(this.#index, `1 ${meta.line} ${meta.inc} ${seq} ${payload}`)
    return meta
  }

  replay(line: string, inc: string, from: number, max: number): Replay {
    const { meta } = this
    if (meta === undefined) return { meta, messages: [] }
    const isSame = meta.line === line && meta.inc === inc && meta.pid === this.#redis.pid
    if (!isSame) return { meta, messages: [] }
    return { meta, messages: this.#logged.filter(({ seq }) => seq > from).slice(0, max) }
  }

  #changeKey(key: string, action: KeyChange, meta: FakeMeta): void {
    const name = this.name(`e:${key}`)
    if (action.kind === 'set') {
      const ttl = Math.ceil(action.ttl)
      const frame = stamped(this.#millis() + ttl, meta.seq, meta.line, action.frame)
      this.#redis.set(name, frame, ttl + Math.ceil(action.grace))
    } else if (action.kind === 'expire') {
      const frame = this.frame(key)
      if (frame !== undefined) {
        const expired = Buffer.from(frame)
        expired.writeDoubleBE(Math.min(frame.readDoubleBE(0), this.#millis()), 0)
        this.#redis.setKeepingTtl(name, expired)
      }
    } else this.#redis.delete(name)
    this.#redis.delete(this.name(`f:${key}`), this.name(`l:${key}`))
  }

  /** A record that is missing says what a missing record counts as; it lives as long as its longest entry. */
  #keepRecord(tag: string, tseq: number, keep: number): void {
    const name = this.name(`t:${tag}`)
    if (this.#redis.get(name) === undefined) this.#redis.set(name, tseq, keep)
    else this.#redis.prolong(name, keep)
  }

  get #logged(): readonly LogItem[] {
    return this.#redis.get(this.name('log')) ?? []
  }

  #log(item: LogItem): void {
    const logged = this.#logged
    if ((logged.at(-1)?.seq ?? 0) >= item.seq) this.#redis.delete(this.name('log'))
    else this.#redis.set(this.name('log'), [...logged, item].slice(-this.#logLength))
  }

  #mint(nonce: string): FakeMeta {
    const { pid } = this.#redis
    const seq = Math.floor(this.#redis.time * 1000)
    this.#redis.delete(this.name('log'))
    return { line: nonce, inc: nonce, pid, seq, tseq: seq, clr: seq }
  }

  #millis(): number {
    return Math.floor(this.#redis.time)
  }
}

function stamped(expiresAt: number, start: number, line: string, frame: Buffer): Buffer {
  const stored = Buffer.alloc(32 + frame.length)
  stored.writeDoubleBE(expiresAt, 0)
  stored.writeDoubleBE(start, 8)
  stored.write(line, 16, 16, 'latin1')
  stored.set(frame, 32)
  return stored
}

/** How long the records of the values that are set have to live. */
function keptBy(changes: Iterable<KeyChange>): Map<string, number> {
  const kept = new Map<string, number>()
  for (const change of changes) {
    if (change.kind !== 'set') continue
    const keep = Math.ceil(change.ttl) + Math.ceil(change.grace) + RECORD_MARGIN
    for (const tag of change.tags) kept.set(tag, Math.max(kept.get(tag) ?? 0, keep))
  }
  return kept
}
