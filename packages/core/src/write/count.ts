import type { Context } from '../context.ts'
import type { Duration } from '../duration.ts'
import { ConfigError, CounterError } from '../errors.ts'
import { encodeCounter } from '../frame.ts'
import { beginOwn, keepOwn } from './own-value.ts'
import { type CallOptions, type Policy, graceOf, jittered } from '../policy.ts'
import type { Shard } from '../shard.ts'
import { UPDATE_BOUNDS, type Updater } from './update.ts'

/** Options of `increment` and `decrement`. */
export interface CountOptions extends CallOptions {
  /** Where a counter begins that is not there. @default 0 */
  readonly initial?: number
  /**
   * What the other instances see: `'exact'`, each change is an invalidation that they are told;
   * `'coalesced'`, they are told nothing and look again by themselves, each once in a `window`.
   * @default 'exact'
   */
  readonly reads?: 'exact' | 'coalesced'
  /** How old a coalesced counter may be that an instance reads from its L1. @default '1s' */
  readonly window?: Duration
}

/** The same, checked; a `window` of 0 is exact. */
export interface CountRules {
  readonly initial: number
  readonly window: number
}

/** Adds to counters: in Redis by one script, so that nothing is lost between reading and writing. */
export class Counter {
  readonly #context: Context
  readonly #shardOf: (key: string) => Shard
  readonly #updater: Updater

  constructor(context: Context, shardOf: (key: string) => Shard, updater: Updater) {
    this.#context = context
    this.#shardOf = shardOf
    this.#updater = updater
  }

  /** @throws {CounterError} {TierError} */
  async add(key: string, by: number, policy: Policy, rules: CountRules): Promise<number> {
    if (policy.ttl <= 0) throw new ConfigError(`"${key}" can't be counted with a ttl of 0`, { key })
    const shard = this.#shardOf(key)
    if (shard.shared === undefined) return this.#addByUpdate(key, by, policy, rules)
    const { clock } = this.#context
    const began = clock.now()
    const ttl = jittered(this.#context, policy.ttl)
    const grace = graceOf(policy)
    const { tags } = policy
    const head = encodeCounter({ grace, window: rules.window, tags })
    const request = { key, by, initial: rules.initial, ttl, grace, tags, head }
    const flight = beginOwn(shard, key, began)
    try {
      const { reply, committed } = await shard.originator.attempt(
        [key],
        (l2, payload) => l2.count(request, payload),
        // Not healed: what Redis still has after a loss is nearer to the truth than nothing.
        { isTold: (counted) => counted.isTold, isHealed: false },
      )
      if (reply.outcome === 'other') return await this.#addByUpdate(key, by, policy, rules)
      if (reply.outcome === 'range') throw outOfRange(key)
      const held = Math.min(ttl, rules.window === 0 ? Infinity : rules.window)
      keepOwn(this.#context, shard, flight, { value: reply.sum, ttl: held, policy }, committed)
      const ms = clock.now() - began
      this.#context.report.write({
        operation: 'increment',
        keys: [key],
        tags: [],
        receipt: 'everywhere',
        ms,
      })
      return reply.sum
    } finally {
      shard.sets.end(flight)
    }
  }

  /** For a counter that was `set`: it becomes one that Redis can add to. */
  async #addByUpdate(key: string, by: number, policy: Policy, rules: CountRules): Promise<number> {
    const { tags } = policy
    const sum = await this.#updater.update(
      key,
      (value = rules.initial) => {
        if (typeof value !== 'number') throw new CounterError(key, `it is ${nameOf(value)}`)
        const next = value + by
        if (!(Math.abs(next) <= Number.MAX_SAFE_INTEGER)) throw outOfRange(key)
        return next
      },
      policy,
      UPDATE_BOUNDS,
      'increment',
      ({ value }) =>
        encodeCounter({
          grace: graceOf(policy),
          window: rules.window,
          tags,
          count: value as number,
        }),
    )
    return sum as number
  }
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`
}

function outOfRange(key: string): CounterError {
  return new CounterError(key, 'the sum would be beyond ±(2^53 − 1)')
}
