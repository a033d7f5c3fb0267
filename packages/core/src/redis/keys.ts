import { crc32 } from 'node:zlib'

/** Names of one shard's keys and of its channel. The braces keep them all in one Cluster slot. */
export class ShardKeys {
  readonly meta: string
  readonly log: string
  /** A sorted set: what is being mutated, each with the instant at which it counts as given up. */
  readonly intents: string
  readonly channel: string
  /** What waits for the source of truth. */
  readonly waiting: string
  readonly #queue: string
  readonly #letters: string
  readonly #entry: string
  readonly #fence: string
  readonly #lease: string
  readonly #tag: string

  /** The number of shards is part of the names when it is not 1: two counts never mix. */
  constructor(namespace: string, shards: number, index: number) {
    const prefix = shards === 1 ? `{${namespace}:${index}}:` : `{${namespace}:${shards}:${index}}:`
    this.meta = `${prefix}m`
    this.log = `${prefix}log`
    this.intents = `${prefix}i`
    this.channel = `${prefix}c`
    this.waiting = `${prefix}w`
    this.#queue = `${prefix}q:`
    this.#letters = `${prefix}x:`
    this.#entry = `${prefix}e:`
    this.#fence = `${prefix}f:`
    this.#lease = `${prefix}l:`
    this.#tag = `${prefix}t:`
  }

  /** The stream of keys that a writer is to bring to the source of truth. */
  queue(writer: string): string {
    return this.#queue + writer
  }

  /** The stream of writes that it gave up. */
  letters(writer: string): string {
    return this.#letters + writer
  }

  entry(key: string): string {
    return this.#entry + key
  }

  fence(key: string): string {
    return this.#fence + key
  }

  lease(key: string): string {
    return this.#lease + key
  }

  /** Adds to `names` those of `key`, in the order in which all scripts take them. */
  name(key: string, names: string[]): void {
    names.push(this.entry(key), this.fence(key), this.lease(key))
  }

  tag(tag: string): string {
    return this.#tag + tag
  }
}

/** The shard of a key, the same on every instance. */
export function shardOf(key: string, shards: number): number {
  return shards === 1 ? 0 : crc32(key) % shards
}
