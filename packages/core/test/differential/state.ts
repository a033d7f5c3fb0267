import type { TwinIntents, TwinLog, TwinMeta } from '../twin/shard-twin.ts'

/** What is stored under a name; `undefined` for what is none of ours. */
export type StoredValue = TwinMeta | TwinLog | TwinIntents | Buffer | string | number | undefined

/** All that is stored of one shard, by the part of the names that is not the shard's. */
export interface State {
  /** When, in microseconds of the server's clock. */
  readonly at: number
  readonly values: ReadonlyMap<string, StoredValue>
  /** When each is gone, in the server's milliseconds. */
  readonly ends: ReadonlyMap<string, number>
}

/** What happens to one shard from outside. A part is `m`, `log`, `e:key` and so on. */
export interface Outside {
  lose(part: string): unknown
  flush(): unknown
  /** Lets it end after `ttl` milliseconds. */
  limit(part: string, ttl: number): unknown
  /** Overwrites it with bytes that are none of ours. */
  spoil(part: string, bytes: Buffer): unknown
  trimLog(length: number): unknown
  snapshot(): unknown
  /** Brings the snapshot back, if there is one: all of it instead of all there is, or the meta alone. */
  restore(what: 'all' | 'meta'): unknown
  failOver(): unknown
}
