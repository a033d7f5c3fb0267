import { randomBytes } from 'node:crypto'
import { knownOnly } from '../checks.ts'
import type { Context } from '../context.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { ConfigError, type TierError } from '../errors.ts'
import { checkTags } from '../names.ts'
import type { Shard } from '../shard.ts'
import { type Change, DELETE } from '../tiers.ts'
import { receiptOf } from './write.ts'
import type { Committed } from '../coherence/originate.ts'

/** What a mutation changes. */
export interface MutateTargets {
  readonly keys?: readonly string[]
  readonly tags?: readonly string[]
}

/** Options of `mutate`. */
export interface MutateOptions {
  /**
   * Longest time that the mutation may take: its signal is aborted then. It has to be longer than the
   * source's own limits for a transaction, which must be over when the intent is. @default '30s'
   */
  readonly timeout?: Duration
  /**
   * What happens when Redis does not take the intent: `'reject'`, the mutation is not run; `'run'`, it
   * is, and what it changes is invalidated after it as by `delete`. @default 'reject'
   */
  readonly whenAway?: 'reject' | 'run'
}

/** What a mutation is given. */
export interface MutationContext {
  /** Aborted when the timeout is over, and when the cache is closed. */
  readonly signal: AbortSignal
}

const ignored = (): void => {}
/** How much longer than the timeout an intent lives: what was aborted needs a moment to end. */
const MARGIN = 5_000
const LONGEST = 86_400_000
/** Most keys and tags of one mutation. */
const MOST_TARGETS = 500

/**
 * Changes of the source that are announced: from before they begin until after they end nothing is
 * stored for what they change, so that a writer that dies between its commit and its invalidation
 * leaves nothing old behind.
 */
export class Mutator {
  readonly #context: Context
  readonly #shards: readonly Shard[]
  readonly #shardOf: (key: string) => Shard

  constructor(context: Context, shards: readonly Shard[], shardOf: (key: string) => Shard) {
    this.#context = context
    this.#shards = shards
    this.#shardOf = shardOf
  }

  /** `tags` are those that were named: what hangs on them is invalidated too. */
  async mutate<T>(
    keys: readonly string[],
    tags: readonly string[],
    mutation: (context: MutationContext) => T | Promise<T>,
    options: MutateOptions,
  ): Promise<T> {
    checkTags(tags)
    const all = this.#context.settings.tagDependencies.expand(tags)
    knownOnly('options', options, ['timeout', 'whenAway'])
    if (typeof mutation !== 'function') {
      throw new ConfigError(`the mutation must be a function (got ${typeof mutation})`)
    }
    const { timeout = '30s', whenAway = 'reject' } = options
    const limit = milliseconds('timeout', timeout)
    if (limit === 0 || limit > LONGEST) {
      throw new ConfigError(`timeout must be above 0 and at most a day (got ${limit} ms)`)
    }
    if (whenAway !== 'reject' && whenAway !== 'run') {
      throw new ConfigError(`whenAway must be 'reject' or 'run' (got ${String(whenAway)})`)
    }
    if (keys.length + all.length > MOST_TARGETS) {
      throw new ConfigError(`a mutation can name at most ${MOST_TARGETS} keys and tags`)
    }
    const mutating = this.#mutate(keys, all, mutation, limit, whenAway)
    // So that `close` sees it through: an intent that stays is a while without a cache for its keys.
    this.#context.background.add(mutating.then(ignored, ignored)) // its caller hears of it
    return mutating
  }

  async #mutate<T>(
    keys: readonly string[],
    tags: readonly string[],
    mutation: (context: MutationContext) => T | Promise<T>,
    limit: number,
    whenAway: 'reject' | 'run',
  ): Promise<T> {
    const { clock, counters } = this.#context
    const token = randomBytes(12).toString('base64url')
    const changes = this.#changes(keys, tags)
    const ttl = limit + MARGIN
    const began = clock.now()
    const begun = await Promise.allSettled(
      changes.map(([shard, change]) => shard.originator.intend(change, { token, ttl })),
    )
    const failed = begun.find((one) => one.status === 'rejected')
    if (failed !== undefined && whenAway === 'reject') {
      // It may have reached some of the shards, or all. What is not taken back ends by itself.
      this.#context.background.add(this.#end(changes, token))
      throw failed.reason as TierError
    }
    try {
      return await this.#run(mutation, limit)
    } finally {
      if (clock.now() - began > ttl) counters.lateMutations++
      const ms = clock.now() - began
      const receipt = receiptOf(await this.#end(changes, token))
      this.#context.report.write({ operation: 'mutate', keys, tags, receipt, ms })
    }
  }

  /** Drops once more, what was loaded meanwhile, and takes the intents away. */
  #end(changes: readonly (readonly [Shard, Change])[], token: string): Promise<Committed[]> {
    return Promise.all(
      changes.map(([shard, change]) => {
        for (const key of change.keys.keys()) shard.drop(key)
        return shard.originator.conclude(change, token)
      }),
    )
  }

  async #run<T>(mutation: (context: MutationContext) => T | Promise<T>, limit: number): Promise<T> {
    const { clock, aborts } = this.#context
    const abort = new AbortController()
    const cancel = clock.after(limit, () =>
      abort.abort(new DOMException(`the mutation took longer than ${limit} ms`, 'TimeoutError')),
    )
    aborts.add(abort)
    try {
      return await mutation({ signal: abort.signal })
    } finally {
      cancel()
      aborts.delete(abort)
    }
  }

  /** What is dropped in each shard; what is held here is dropped now. */
  #changes(keys: readonly string[], tags: readonly string[]): (readonly [Shard, Change])[] {
    const byShard = new Map<Shard, Map<string, typeof DELETE>>()
    if (tags.length > 0) for (const shard of this.#shards) byShard.set(shard, new Map())
    for (const key of keys) {
      const shard = this.#shardOf(key)
      const own = byShard.get(shard) ?? new Map<string, typeof DELETE>()
      byShard.set(shard, own.set(key, DELETE))
      shard.drop(key)
    }
    const named = new Set(tags)
    return [...byShard].map(([shard, own]) => [shard, { keys: own, tags: named, clear: false }])
  }
}
