import { type Clock, pause } from '../clock.ts'
import type { Context } from '../context.ts'
import type { Duration } from '../duration.ts'
import { isServable } from '../entry.ts'
import { ConfigError, TierError, UpdateConflictError, UpdateTimeoutError } from '../errors.ts'
import { isCoherent } from '../coherence/is-coherent.ts'
import { type Frame, decodeFrame } from '../frame.ts'
import { type OwnValue, beginOwn, encodeOwn, keepOwn, swapOwn } from './own-value.ts'
import { decodeValue } from '../payload.ts'
import { type CallOptions, type Policy, jittered } from '../policy.ts'
import type { Shard, Shared } from '../shard.ts'
import type { Basis } from '../tiers.ts'
import { Turns } from './turns.ts'

/** Options of `update`. */
export interface UpdateOptions extends CallOptions {
  /** How often the value is read and computed anew, when others changed it meanwhile. @default 50 */
  readonly attempts?: number
  /** How long all of it may take; `fn` is not called again after that. @default '10s' */
  readonly within?: Duration
}

/** The same in milliseconds. */
export interface UpdateBounds {
  readonly attempts: number
  readonly within: number
}

/** What holds where a call says nothing. */
export const UPDATE_BOUNDS: UpdateBounds = { attempts: 50, within: 10_000 }

/** How long it may take, and until when that is. */
interface Bound {
  readonly within: number
  readonly end: number
}

/** What an update makes of a value; `undefined` leaves it as it is. */
type Compute = (value: unknown) => unknown
/** How what was made becomes a frame. */
type Encode = (own: OwnValue) => Buffer

/** What is stored, and what proves that it still is. */
interface Seen {
  readonly value: unknown
  readonly basis: Basis
}

/** Waits between attempts: at random up to the first, then up to twice as much each time. */
const FIRST_PAUSE = 1
const LAST_PAUSE = 100
/** How often a read is repeated: to learn all tags, or when the numbering was lost. */
const MOST_READS = 5

/**
 * Changes values by what they are: read from Redis, computed, and stored if nobody changed them
 * meanwhile. Updates of one key by one instance take turns, so that they do not conflict with each other.
 */
export class Updater {
  readonly #context: Context
  readonly #shardOf: (key: string) => Shard
  readonly #turns = new Turns()

  constructor(context: Context, shardOf: (key: string) => Shard) {
    this.#context = context
    this.#shardOf = shardOf
  }

  /** @throws {UpdateConflictError} {TierError}, or what `compute` throws */
  async update(
    key: string,
    compute: Compute,
    policy: Policy,
    bounds: UpdateBounds,
    operation: 'update' | 'increment' = 'update',
    encode: Encode = (own) => encodeOwn(key, own),
  ): Promise<unknown> {
    if (policy.ttl <= 0) throw new ConfigError(`"${key}" can't be updated with a ttl of 0`, { key })
    const { clock, background } = this.#context
    const began = clock.now()
    const bound = { within: bounds.within, end: began + bounds.within }
    const updating = this.#turns.run([key], async () => {
      for (let attempt = 1; ;) {
        if (clock.now() > bound.end) throw new UpdateTimeoutError(key, bounds.within)
        const done = await this.#attempt(key, compute, policy, encode, bound)
        if (done !== CONFLICT && done !== MUTATED) return done
        this.#context.counters.updateConflicts++
        let most = LAST_PAUSE
        if (done === CONFLICT) {
          if (attempt === bounds.attempts) {
            throw new UpdateConflictError(key, attempt, clock.now() - began)
          }
          most = Math.min(FIRST_PAUSE * 2 ** attempt++, LAST_PAUSE)
        }
        await pause(clock, most * clock.random())
      }
    })
    background.add(updating.catch(() => {})) // its caller hears of it
    const value = await updating
    const ms = clock.now() - began
    this.#context.report.write({ operation, keys: [key], tags: [], receipt: 'everywhere', ms })
    return value
  }

  async #attempt(
    key: string,
    compute: Compute,
    policy: Policy,
    encode: Encode,
    bound: Bound,
  ): Promise<unknown> {
    const shard = this.#shardOf(key)
    const { shared } = shard
    if (shared === undefined) return this.#attemptAlone(shard, key, compute, policy, bound)
    const seen = await this.#look(shard, shared, key, policy)
    const made = await inTime(this.#context.clock, key, compute, seen.value, bound)
    if (made === undefined) return seen.value
    const value = policy.family.isolate(made)
    const own = { value, ttl: jittered(this.#context, policy.ttl), policy }
    const swapped = await swapOwn(this.#context, shard, key, seen.basis, own, encode(own))
    if (swapped.isMutated) return MUTATED
    return swapped.isDone ? value : CONFLICT
  }

  /** Without Redis: what L1 has is what there is. */
  async #attemptAlone(
    shard: Shard,
    key: string,
    compute: Compute,
    policy: Policy,
    bound: Bound,
  ): Promise<unknown> {
    const { clock } = this.#context
    const seen = shard.l1.peek(key)
    const isFresh =
      seen !== undefined && clock.now() < seen.freshUntil && isServable(seen, clock.now())
    const made = await inTime(clock, key, compute, isFresh ? seen.value : undefined, bound)
    if (made === undefined) return isFresh ? seen.value : undefined
    if (shard.l1.peek(key) !== seen) return CONFLICT
    const value = policy.family.isolate(made)
    const ttl = jittered(this.#context, policy.ttl)
    const flight = beginOwn(shard, key, clock.now())
    const stamp = shard.originator.applyAlone(key)
    keepOwn(this.#context, shard, flight, { value, ttl, policy }, stamp)
    shard.sets.end(flight)
    return value
  }

  /** What Redis has for `key`, also if L1 holds something: another instance may have changed it. */
  async #look(shard: Shard, shared: Shared, key: string, { tags, family }: Policy): Promise<Seen> {
    const { clock } = this.#context
    let asked = tags
    for (let reads = 0; reads < MOST_READS; reads++) {
      await shard.originator.followed()
      const { meta, frames, records } = await shared.l2.read([key], asked)
      shared.watch.noticed(meta)
      if (meta === undefined) continue // lost: asked about anew
      const stored = frames[0] ?? null
      const frame = stored === null ? undefined : this.#parsed(shard, stored)
      const known = new Map(asked.map((tag, i) => [tag, records[i]]))
      if (frame?.tags.some((tag) => !known.has(tag)) === true) {
        asked = [...new Set([...tags, ...frame.tags])]
        continue
      }
      const basis: Basis = { kind: 'entry', stored, hasTags: (frame?.tags.length ?? 0) > 0, meta }
      const isFresh =
        frame !== undefined &&
        !frame.isExpired &&
        isCoherent(frame, meta, known) &&
        shared.watch.localTime(frame.expiresAt) > clock.now()
      if (!isFresh) return { value: undefined, basis }
      return { value: family.isolate(decodeValue(family.settings, key, frame)), basis }
    }
    throw new TierError('read', `"${key}" changed faster than it could be read`, { key })
  }

  /** What is no frame of ours counts as nothing, as it does for a read. */
  #parsed(shard: Shard, stored: Buffer): Frame | undefined {
    try {
      return decodeFrame(stored)
    } catch (error) {
      this.#context.counters.frameErrors++
      this.#context.report.tier({ shard: shard.index, state: 'error', error })
      return undefined
    }
  }
}

const CONFLICT = Symbol('conflict')
/** What is stored, or is not, is not what the source will have: the mutation is waited for. */
const MUTATED = Symbol('mutated')

/** What `compute` makes, or a rejection when the time is over: the next in turn must not wait for ever. */
function inTime(
  clock: Clock,
  key: string,
  compute: Compute,
  value: unknown,
  { within, end }: Bound,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(Math.max(0, end - clock.now()), () =>
      reject(new UpdateTimeoutError(key, within)),
    )
    Promise.resolve(value).then(compute).then(resolve, reject).finally(cancel)
  })
}
