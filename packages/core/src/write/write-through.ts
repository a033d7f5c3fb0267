import { callSource } from './call-source.ts'
import type { Context } from '../context.ts'
import { WriteTimeoutError } from '../errors.ts'
import { encodeOwn, swapOwn } from './own-value.ts'
import { type Policy, jittered } from '../policy.ts'
import type { Shard } from '../shard.ts'
import type { SourceWrite, WriterRules } from './source-writer.ts'
import type { Basis } from '../tiers.ts'
import type { Turns } from './turns.ts'
import type { Receipt, WriteOptions, Writer } from './write.ts'

/** What a write-through needs of its cache. */
export interface ThroughPlan {
  readonly context: Context
  readonly writer: Writer
  readonly turns: Turns
  readonly shardOf: (key: string) => Shard
  readonly rules: WriterRules
  /** The caller's name of a key. */
  readonly named: (key: string) => string
}

/** What is to become of one key. */
export interface SourceChange {
  /** `undefined` deletes. */
  readonly value: unknown
  readonly policy: Policy
}

/** How much longer than the longest write its fence lives. */
const FENCE_MARGIN = 30_000

/**
 * The source of truth first, then the cache. The fence of the key is taken before the source is
 * written, as for a load: if anything has taken it away by then, or invalidated a tag, another writer may
 * have been between the two, and the key is dropped instead of set.
 */
export class WriteThrough {
  readonly #plan: ThroughPlan
  written = 0
  failedCalls = 0

  constructor(plan: ThroughPlan) {
    this.#plan = plan
  }

  /** Rejects with the error of `write`; then the keys are dropped. */
  write(changes: ReadonlyMap<string, SourceChange>, options: WriteOptions): Promise<Receipt> {
    const { context, turns, rules } = this.#plan
    const { timeout } = rules
    const until = context.clock.now() + timeout
    const writing = turns.run([...changes.keys()], async () => {
      // Those before it did not settle. They go on with theirs, and this is not begun.
      if (context.clock.now() > until) throw new WriteTimeoutError(timeout)
      return this.#write(changes, options)
    })
    context.background.add(writing.catch(() => {})) // its caller hears of it
    return writing
  }

  async #write(
    changes: ReadonlyMap<string, SourceChange>,
    options: WriteOptions,
  ): Promise<Receipt> {
    const { context, writer, rules, named } = this.#plan
    const keys = [...changes.keys()]
    const fences = await Promise.all(
      Array.from(changes, ([key, change]) => this.#fence(key, change)),
    )
    const writes: SourceWrite[] = Array.from(changes, ([key, { value }]) => {
      return { key: named(key), value, number: undefined }
    })
    const abort = new AbortController()
    let failed: ReadonlyMap<string, unknown>
    try {
      failed = await callSource(context.clock, rules.write, writes, rules.timeout, abort)
    } catch (error) {
      this.failedCalls++
      await writer.delete(keys, {}) // it may have been written all the same
      throw error
    }
    this.written += keys.length - failed.size
    const receipts = await Promise.all(
      keys.map((key, i) => {
        const basis = failed.has(named(key)) ? undefined : fences[i]
        return this.#keep(key, changes.get(key) as SourceChange, basis, options)
      }),
    )
    if (failed.size > 0) {
      this.failedCalls++
      throw [...failed.values()][0]
    }
    return receipts.includes('here') ? 'here' : 'everywhere'
  }

  /** The fence of a value that is to be set after the write; none while Redis is away. */
  async #fence(key: string, change: SourceChange): Promise<Basis | undefined> {
    const { shardOf, rules } = this.#plan
    const { shared, originator } = shardOf(key)
    if (!this.#isKept(change) || shared === undefined) return undefined
    try {
      await originator.followed()
      const { meta, lease } = await shared.rights.acquire(key, 2 * rules.timeout + FENCE_MARGIN)
      shared.watch.noticed(meta)
      const { fence } = lease
      // None while the key is mutated.
      return fence === '' ? undefined : { kind: 'fence', fence, line: meta.line, start: meta.seq }
    } catch {
      return undefined // counted and reported by the guard
    }
  }

  async #keep(
    key: string,
    change: SourceChange,
    basis: Basis | undefined,
    options: WriteOptions,
  ): Promise<Receipt> {
    const { writer, shardOf } = this.#plan
    const shard = shardOf(key)
    const { value, policy } = change
    const isKept = this.#isKept(change)
    if (isKept && shard.shared === undefined) {
      return writer.set([[key, value]], () => policy, options)
    }
    if (isKept && basis !== undefined && (await this.#set(shard, key, change, basis))) {
      return 'everywhere'
    }
    return writer.delete([key], options)
  }

  /** Whether the cache is to have the value once the source has it. */
  #isKept({ value, policy }: SourceChange): boolean {
    return this.#plan.rules.onWrite === 'set' && value !== undefined && policy.ttl > 0
  }

  async #set(
    shard: Shard,
    key: string,
    { value, policy }: SourceChange,
    basis: Basis,
  ): Promise<boolean> {
    const { context } = this.#plan
    try {
      const own = { value, ttl: jittered(context, policy.ttl), policy }
      return (await swapOwn(context, shard, key, basis, own, encodeOwn(key, own))).isDone
    } catch {
      return false // reported where it failed; the key is dropped instead
    }
  }
}
