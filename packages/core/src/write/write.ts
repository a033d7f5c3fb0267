import type { WriteRecord } from '../channels.ts'
import type { Committed } from '../coherence/originate.ts'
import type { Context } from '../context.ts'
import { type Duration, finite } from '../duration.ts'
import { Entry, isCurrent } from '../entry.ts'
import type { TierError } from '../errors.ts'
import { beginOwn, checkValue, encodeOwn, keepOwn } from './own-value.ts'
import { type Policy, graceOf, jittered } from '../policy.ts'
import type { Shard } from '../shard.ts'
import { type Change, DELETE, type KeyChange } from '../tiers.ts'

/**
 * How far a change has got: `'replicated'`, as many replicas have it as `coherence.durability` asks for;
 * `'everywhere'`, Redis has it and every instance is told; or `'here'`, it
 * is true in this process, and kept to be brought to Redis as soon as it answers.
 */
export type Receipt = 'replicated' | 'everywhere' | 'here'

/** Options of a call that changes something. */
export interface WriteOptions {
  /** Reject with a `TierError` where the receipt would be `'here'`. It is kept all the same. @default false */
  readonly strict?: boolean
}

/** Options of a call that invalidates. */
export interface InvalidateOptions extends WriteOptions {
  /**
   * Invalidate once more after so long, as long as the replicas that loaders read may be behind: what a
   * load took from one in between goes too. If the cache is closed before, it is done then. At most
   * 10,000 keys and tags wait in a shard; beyond it the first go early. @default never
   */
  readonly again?: Duration
}

const EXPIRE: KeyChange = Object.freeze({ kind: 'expire' })
/** Keys that go into one script together. */
const PORTION = 250
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
    policyOf: (key: string) => Policy,
    options: WriteOptions,
  ): Promise<Receipt> {
    // Isolated before anything is done: what the caller changes later is then in no tier, and a value
    // that can't be cloned leaves nothing half done.
    const values = new Map<string, unknown>()
    for (const [key, value] of entries) {
      checkValue(key, value)
      values.set(key, policyOf(key).family.isolate(value))
    }
    const began = this.#context.clock.now()
    const commits: Promise<Committed>[] = []
    for (const [shard, keys] of this.#byShard(values.keys())) {
      commits.push(this.#setInShard(shard, keys, values, policyOf))
    }
    return this.#receipt('set', [...values.keys()], [], commits, options, began)
  }

  delete(keys: readonly string[], options: InvalidateOptions): Promise<Receipt> {
    return this.#changeKeys('delete', keys, DELETE, options)
  }

  /** Makes values stale: kept for their grace, loaded anew by the next read. */
  expire(keys: readonly string[], options: InvalidateOptions): Promise<Receipt> {
    return this.#changeKeys('expire', keys, EXPIRE, options)
  }

  async invalidateTags(tags: readonly string[], options: InvalidateOptions): Promise<Receipt> {
    if (tags.length === 0) return 'everywhere'
    return this.#changeAll(
      'invalidateTags',
      { keys: NO_KEYS, tags: new Set(tags), clear: false },
      options,
    )
  }

  clear(options: InvalidateOptions): Promise<Receipt> {
    return this.#changeAll('clear', { keys: NO_KEYS, tags: NO_TAGS, clear: true }, options)
  }

  async #setInShard(
    shard: Shard,
    keys: readonly string[],
    values: ReadonlyMap<string, unknown>,
    policyOf: (key: string) => Policy,
  ): Promise<Committed> {
    const { clock } = this.#context
    const at = clock.now()
    const changes = new Map<string, KeyChange>()
    const sets = keys.map((key) => {
      const flight = beginOwn(shard, key, at)
      const policy = policyOf(key)
      const ttl = jittered(this.#context, policy.ttl)
      const change = this.#setChange(shard, key, values.get(key), ttl, policy)
      changes.set(key, change)
      const frame = change.kind === 'set' ? change.frame : undefined
      return { flight, own: { value: values.get(key), ttl, policy, frame } }
    })
    const committed = await shard.originator.commit({ keys: changes, tags: NO_TAGS, clear: false })
    for (const { flight, own } of sets) {
      keepOwn(this.#context, shard, flight, own, committed)
      shard.sets.end(flight)
    }
    return committed
  }

  /** A value that can't be stored in L2 leaves nothing there: no older one either. */
  #setChange(shard: Shard, key: string, value: unknown, ttl: number, policy: Policy): KeyChange {
    const { counters } = this.#context
    if (ttl <= 0 || shard.shared === undefined) return DELETE
    const grace = graceOf(policy)
    const { tags } = policy
    try {
      const frame = encodeOwn(key, { value, ttl, policy })
      return { kind: 'set', ttl, grace, tags, frame }
    } catch (error) {
      counters.unstored++
      this.#context.report.tier({ shard: shard.index, state: 'error', error })
      return DELETE
    }
  }

  #changeKeys(
    operation: Operation,
    keys: readonly string[],
    change: KeyChange,
    options: InvalidateOptions,
  ): Promise<Receipt> {
    const began = this.#context.clock.now()
    const again = delayOf(options)
    const commits: Promise<Committed>[] = []
    for (const [shard, own] of this.#byShard(keys)) {
      const held = change === EXPIRE && shard.shared === undefined ? heldIn(shard, own) : []
      for (const key of own) shard.drop(key)
      const changes = new Map(own.map((key) => [key, change]))
      commits.push(commit(shard, { keys: changes, tags: NO_TAGS, clear: false }, again))
      for (const [key, entry] of held) holdStale(shard, key, entry, began)
    }
    return this.#receipt(operation, keys, [], commits, options, began)
  }

  #changeAll(operation: Operation, change: Change, options: InvalidateOptions): Promise<Receipt> {
    const began = this.#context.clock.now()
    const again = delayOf(options)
    const commits = this.#shards.map((shard) => commit(shard, change, again))
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
    const receipt = receiptOf(committed)
    const ms = this.#context.clock.now() - began
    this.#context.report.write({ operation, keys, tags, receipt, ms })
    if (options.strict === true && failed !== undefined) throw failed.error as TierError
    return receipt
  }
}

function delayOf({ again }: InvalidateOptions): number | undefined {
  return again === undefined ? undefined : finite('again', again)
}

function commit(shard: Shard, change: Change, again: number | undefined): Promise<Committed> {
  if (again !== undefined) shard.originator.commitAgain(change, again)
  return shard.originator.commit(change)
}

/** The least of what became of the parts of a change. */
export function receiptOf(committed: readonly Committed[]): Receipt {
  if (committed.some(({ isShared }) => !isShared)) return 'here'
  const isReplicated = committed.every((one) => one.isReplicated === true)
  return isReplicated && committed.length > 0 ? 'replicated' : 'everywhere'
}

/** What L1 has for `keys`, invalidated ones left out. */
function heldIn(shard: Shard, keys: readonly string[]): (readonly [string, Entry])[] {
  return keys.flatMap((key) => {
    const entry = shard.l1.peek(key)
    return entry === undefined || !isCurrent(entry) ? [] : [[key, entry] as const]
  })
}

/** Without Redis the grace of a value is here alone: it is held on, no longer fresh. */
function holdStale(shard: Shard, key: string, entry: Entry, now: number): void {
  const { view, l1 } = shard
  const { value, at, size } = entry
  const freshUntil = Math.min(entry.freshUntil, now)
  const cells = view.cells.hold(entry.cells.map(({ tag }) => tag))
  l1.set(key, new Entry(value, view.applied, at, freshUntil, cells, view, size))
}
