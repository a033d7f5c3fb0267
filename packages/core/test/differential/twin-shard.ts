import type { Data } from '../twin/keyspace.ts'
import { RedisTwin } from '../twin/redis-twin.ts'
import type { ShardTwin } from '../twin/shard-twin.ts'
import type { Outside, State, StoredValue } from './state.ts'

/** One shard of a twin, whose clock is set before each step. */
export class TwinShard implements Outside {
  /** In microseconds. */
  clock = 0
  readonly published: string[] = []
  readonly l2: ShardTwin
  readonly #redis: RedisTwin
  readonly #isOurs: boolean
  #snapshot: Data | undefined

  /** `isOurs` false: what is not done to a real server of others is not done here. */
  constructor(namespace: string, isOurs: boolean) {
    this.#redis = new RedisTwin({
      namespace,
      shards: 1,
      clock: () => this.clock / 1_000,
      publish: (_, message) => this.published.push(message),
    })
    this.l2 = this.#redis.shards[0] as ShardTwin
    this.#isOurs = isOurs
  }

  state(): State {
    const { keyspace } = this.#redis
    const values: [string, StoredValue][] = []
    const ends: [string, number][] = []
    for (const name of keyspace.names()) {
      const part = name.slice(this.l2.nameOf('').length)
      values.push([part, keyspace.get(name)])
      ends.push([part, keyspace.until(name) as number])
    }
    return { at: this.clock, values: new Map(values), ends: new Map(ends) }
  }

  /** All instants at which something here is over: a name, or the freshness of an entry. */
  endings(): number[] {
    const { values, ends } = this.state()
    const found = [...ends.values()]
    for (const [part, value] of values) {
      const isEntry = part.startsWith('e:') && Buffer.isBuffer(value) && value.length >= 8
      if (isEntry) found.push(value.readDoubleBE(0))
    }
    return found.filter((end) => end > this.clock / 1_000)
  }

  lose(part: string): void {
    this.#redis.keyspace.delete(this.l2.nameOf(part))
  }

  flush(): void {
    this.#redis.keyspace.flush()
  }

  limit(part: string, ttl: number): void {
    this.#redis.keyspace.expire(this.l2.nameOf(part), ttl)
  }

  spoil(part: string, bytes: Buffer): void {
    const name = this.l2.nameOf(part)
    // The twin's meta has no bytes: one that can not be read is one that is not there.
    if (part === 'm') this.#redis.keyspace.delete(name)
    else this.#redis.keyspace.set(name, bytes)
  }

  trimLog(length: number): void {
    this.l2.trimLog(length)
  }

  snapshot(): void {
    this.#snapshot = this.#redis.keyspace.copy()
  }

  restore(what: 'all' | 'meta'): void {
    const { keyspace } = this.#redis
    const meta = this.l2.nameOf('m')
    const stored = this.#snapshot?.get(meta)
    if (this.#snapshot === undefined) return
    if (what === 'all') keyspace.restore(this.#snapshot)
    else if (stored !== undefined) keyspace.restore(new Map([...keyspace.copy(), [meta, stored]]))
  }

  failOver(): void {
    if (this.#isOurs) this.#redis.failOver()
  }
}
