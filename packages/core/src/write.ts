import type { WriteRecord } from './channels.ts'
import type { Committed } from './coherence/originate.ts'
import type { Context } from './context.ts'
import { ConfigError, type TierError } from './errors.ts'
import { jittered } from './fill.ts'
import { Flight } from './flights.ts'
import { install } from './install.ts'
import { encodeValue, measure } from './payload.ts'
import type { Policy } from './policy.ts'
import type { Shard } from './shard.ts'
import type { Change, KeyChange } from './tiers.ts'

/**
 * How far a change has got: `'everywhere'`, Redis has it and every instance is told; or `'here'`, it
 * is true in this process, and kept to be brought to Redis as soon as it answers.
 */
export type Receipt = 'everywhere' | 'here'

/** Options of a call that changes something. */
export interface WriteOptions {
  /** Reject with a `TierError` where the receipt would be `'here'`. It is kept all the same. @default false */
  readonly strict?: boolean
}

const DELETE: KeyChange = Object.freeze({ kind: 'delete' })
const EXPIRE: KeyChange = Object.freeze({ kind: 'expire' })
const NO_KEYS: ReadonlyMap<string, KeyChange> = new Map()
const NO_TAGS: ReadonlySet<string> = new Set()

type Operation = WriteRecord['operation']

/** The write path: dropped here, changed in Redis by one script, applied here again with its number. */
export class Writer {
  readonly #context: Context
  readonly #shards: readonly Shard[]
  readonly #shardOf: (key: string) => Shard

  constructor(context: Context, shards: readonly Shard[], shardOf: (key: string) => Shard) {
    this.#context = context
    this.#shards = shards
    this.#shardOf = shardOf
  }

  /** Stores callers' values. */
  set(
    entries: Iterable<readonly [string, unknown]>,
    policy: Policy,
    options: WriteOptions,
  ): Promise<Receipt> {
    const values = new Map(entries)
    for (const [key, value] of values) {
      if (value === undefined) {
        throw new ConfigError(`"${key}" can't be set to undefined; delete it, or set null`, { key })
      }
    }
    const began = this.#context.clock.now()
    const commits: Promise<Committed>[] = []
    for (const [shard, keys] of this.#byShard(values.keys())) {
      commits.push(this.#setInShard(shard, keys, values, policy))
    }
    return this.#receipt('set', [...values.keys()], [], commits, options, began)
  }

  delete(keys: readonly string[], options: WriteOptions): Promise<Receipt> {
    return this.#changeKeys('delete', keys, DELETE, options)
  }

  /** Makes values stale: kept for their grace, loaded anew by the next read. */
  expire(keys: readonly string[], options: WriteOptions): Promise<Receipt> {
    return this.#changeKeys('expire', keys, EXPIRE, options)
  }

  async invalidateTags(tags: readonly string[], options: WriteOptions): Promise<Receipt> {
    if (tags.length === 0) return 'everywhere'
    return this.#changeAll(
      'invalidateTags',
      { keys: NO_KEYS, tags: new Set(tags), clear: false },
      options,
    )
  }

  clear(options: WriteOptions): Promise<Receipt> {
    return this.#changeAll('clear', { keys: NO_KEYS, tags: NO_TAGS, clear: true }, options)
  }

  async #setInShard(
    shard: Shard,
    keys: readonly string[],
    values: ReadonlyMap<string, unknown>,
    policy: Policy,
  ): Promise<Committed> {
    const { clock } = this.#context
    const at = clock.now()
    const ttl = jittered(this.#context, policy.ttl)
    const changes = new Map<string, KeyChange>()
    const flights = keys.map((key) => {
      shard.drop(key)
      const flight = new Flight<unknown>(key, at)
      shard.sets.start(flight)
      changes.set(key, this.#setChange(shard, key, values.get(key), ttl, policy))
      return flight
    })
    const committed = await shard.originator.commit({ keys: changes, tags: NO_TAGS, clear: false })
    for (const flight of flights) {
      this.#keepHere(shard, flight, values.get(flight.key), ttl, policy, committed)
      shard.sets.end(flight)
    }
    return committed
  }

  /** A value that can't be stored in L2 leaves nothing there: no older one either. */
  #setChange(shard: Shard, key: string, value: unknown, ttl: number, policy: Policy): KeyChange {
    const { settings, counters } = this.#context
    if (ttl <= 0 || shard.shared === undefined) return DELETE
    const grace = Math.max(policy.grace, policy.staleWhileRevalidate)
    const { tags } = policy
    try {
      const frame = encodeValue(settings, key, value, { grace, cost: 0, tags })
      return { kind: 'set', ttl, grace, tags, frame }
    } catch (error) {
      counters.unstored++
      this.#context.report.tier({ shard: shard.index, state: 'error', error })
      return DELETE
    }
  }

  #keepHere(
    shard: Shard,
    flight: Flight<unknown>,
    value: unknown,
    ttl: number,
    { tags }: Policy,
    { seq, isShared }: Committed,
  ): void {
    const { settings, isolate } = this.#context
    const longest = Math.min(ttl, settings.l1Ttl, isShared ? Infinity : shard.view.bound)
    if (seq === undefined || longest <= 0) return
    const { key, at } = flight
    const size = measure(settings, key, value)
    const freshUntil = at + longest
    const candidate = { key, value: isolate(value), stamp: seq, at, freshUntil, tags, size }
    if (install(shard, shard.sets, flight, candidate) === undefined)
      this.#context.counters.overtaken++
  }

  #changeKeys(
    operation: Operation,
    keys: readonly string[],
    change: KeyChange,
    options: WriteOptions,
  ): Promise<Receipt> {
    const began = this.#context.clock.now()
    const commits: Promise<Committed>[] = []
    for (const [shard, own] of this.#byShard(keys)) {
      for (const key of own) shard.drop(key)
      const changes = new Map(own.map((key) => [key, change]))
      commits.push(shard.originator.commit({ keys: changes, tags: NO_TAGS, clear: false }))
    }
    return this.#receipt(operation, keys, [], commits, options, began)
  }

  #changeAll(operation: Operation, change: Change, options: WriteOptions): Promise<Receipt> {
    const began = this.#context.clock.now()
    const commits = this.#shards.map((shard) => shard.originator.commit(change))
    return this.#receipt(operation, [], [...change.tags], commits, options, began)
  }

  /** `keys` by their shards, in the portions that one script takes. */
  *#byShard(keys: Iterable<string>): Generator<[Shard, readonly string[]]> {
    const portions = new Map<Shard, string[]>()
    for (const key of keys) {
      const shard = this.#shardOf(key)
      const portion = portions.get(shard)
      if (portion === undefined) portions.set(shard, [key])
      else if (portion.push(key) === PORTION) {
        yield [shard, portion]
        portions.delete(shard)
      }
    }
    yield* portions
  }

  async #receipt(
    operation: Operation,
    keys: readonly string[],
    tags: readonly string[],
    commits: readonly Promise<Committed>[],
    options: WriteOptions,
    began: number,
  ): Promise<Receipt> {
    const committed = commits.length === 1 ? [await commits[0]!] : await Promise.all(commits)
    const failed = committed.find(({ isShared }) => !isShared)
    const receipt = failed === undefined ? 'everywhere' : 'here'
    const ms = this.#context.clock.now() - began
    this.#context.report.write({ operation, keys, tags, receipt, ms })
    if (options.strict === true && failed !== undefined) throw failed.error as TierError
    return receipt
  }
}

/** Keys that go into one script together. */
const PORTION = 250
