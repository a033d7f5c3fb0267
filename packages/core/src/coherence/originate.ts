import { encodeInvalidation } from '../bus.ts'
import { MOST_ITEMS, invalidationOf } from './batch.ts'
import type { Context } from '../context.ts'
import { TierError } from '../errors.ts'
import type { Shard, Shared } from '../shard.ts'
import type { GuardedL2 } from '../guarded-l2.ts'
import { type Change, DELETE, type Intent, type Meta } from '../tiers.ts'
import { Again } from './again.ts'
import { apply, distrust } from './apply.ts'
import { Sender } from './sender.ts'
import { Unsent } from './unsent.ts'

/** What became of a change: the local number it was given, and whether Redis has it. */
export interface Committed {
  /** Absent when the numbering is not known here: nothing may be installed. */
  readonly seq: number | undefined
  readonly isShared: boolean
  /** Whether the replicas that were asked for have it as well. */
  readonly isReplicated?: boolean
  /** Why Redis does not have it yet. */
  readonly error?: unknown
}

/** What the reply to an attempt means. */
interface Attempt<R> {
  /** Whether it was done under a number of its own, which the other instances were told. */
  readonly isTold: (reply: R) => boolean
  /** Whether the key is dropped when Redis may have lost the change in a fail-over. */
  readonly isHealed: boolean
}

/**
 * Originates the invalidations of one shard. What Redis took is applied here with its number; what it
 * did not take is applied here alone and kept: until it has been brought there, the numbering is
 * unknown, and so nothing is read from L2 that it would have dropped.
 */
export class Originator {
  readonly #context: Context
  readonly #shard: Shard
  readonly #shared: Shared | undefined
  readonly #unsent: Unsent
  readonly #again: Again
  readonly #sender: Sender | undefined
  #hasBegun = false

  constructor(context: Context, shard: Shard, shared: Shared | undefined) {
    this.#context = context
    this.#shard = shard
    this.#shared = shared
    this.#unsent = new Unsent(context.clock, context.settings.healWindow, (change) =>
      this.#execute(shared as Shared, change),
    )
    this.#again = new Again(context.clock, (change) => void this.commit(change))
    this.#sender =
      shared &&
      new Sender(context, shard.view, shared.l2, {
        begin: () => this.#begin(),
        execute: (batch) => this.#execute(shared, batch),
        onTaken: (batch, meta, before) => this.#applyShared(shared, batch, meta, before),
        onLost: (batch, error) => this.#keep(batch, error),
      })
  }

  /** Changes that Redis has to hear before anything is read there. */
  get kept(): number {
    return this.#unsent.size
  }

  commit(change: Change): Promise<Committed> {
    if (change.tags.size > MOST_ITEMS) return this.#commitParts(change)
    if (this.#shared === undefined || this.#sender === undefined) {
      return Promise.resolve(this.#applyAlone(change, true))
    }
    if (this.#unsent.isWaiting || this.#shared.l2.isOpen) {
      return Promise.resolve(this.#keep(change, AWAY))
    }
    return this.#sender.send(change)
  }

  /** Commits `change` once more after `delay` milliseconds, or when the cache is closed. */
  commitAgain(change: Change, delay: number): void {
    this.#again.add(change, delay)
  }

  /** Commits now what was to be committed again. */
  hurry(): void {
    this.#again.flush()
  }

  /** A change that announces a mutation, by a script of its own. Rejects if Redis did not take it. */
  async intend(change: Change, intent: Intent): Promise<Committed> {
    const shared = this.#shared
    if (shared === undefined) return this.#applyAlone(change, true)
    if (shared.l2.isOpen) throw AWAY_NOW
    await this.#begin()
    const { applied } = this.#shard.view
    const meta = await this.#execute(shared, { ...change, intent })
    return this.#applyShared(shared, change, meta, applied)
  }

  /** The same change when the mutation is over. Never rejects: an intent that stays ends by itself. */
  async conclude(change: Change, token: string): Promise<Committed> {
    return this.intend(change, { token, ttl: 0 }).catch(() => this.commit(change))
  }

  /** More tags than one script may take, in several: their order says nothing. */
  async #commitParts({ keys, tags, clear }: Change): Promise<Committed> {
    const names = [...tags]
    const parts: Promise<Committed>[] = []
    for (let i = 0; i < names.length; i += MOST_ITEMS) {
      const some = new Set(names.slice(i, i + MOST_ITEMS))
      parts.push(this.commit(i === 0 ? { keys, tags: some, clear } : { ...NOTHING, tags: some }))
    }
    const committed = await Promise.all(parts)
    const least = committed.find(({ isShared }) => !isShared)
    const isReplicated = committed.every((one) => one.isReplicated === true)
    return least ?? { ...(committed.at(-1) as Committed), isReplicated }
  }

  /**
   * Makes a change whose answer its caller needs, by a script of its own: it is not joined with others,
   * and not kept when Redis is away.
   *
   * @throws {TierError} when there is no answer; whether it was done is then unknown
   */
  async attempt<R extends { readonly meta: Meta | undefined }>(
    keys: readonly string[],
    execute: (l2: GuardedL2, payload: string) => Promise<R>,
    { isTold, isHealed }: Attempt<R>,
  ): Promise<{ readonly reply: R; readonly committed: Committed }> {
    const shared = this.#shared as Shared
    await this.#sender?.before(keys) // what was asked for before goes first
    await this.followed()
    const { applied } = this.#shard.view
    const reply = await execute(
      shared.l2,
      encodeInvalidation(keys, NO_TAGS, false, [], this.#shard.cache),
    )
    const { meta } = reply
    if (meta !== undefined && isTold(reply)) {
      const told = { keys: new Map(keys.map((key) => [key, DELETE])), tags: NO_TAGS, clear: false }
      if (isHealed) this.#unsent.taken(told, meta)
      return { reply, committed: this.#applyShared(shared, told, meta, applied) }
    }
    shared.watch.noticed(meta)
    const { view } = this.#shard
    const seq = meta !== undefined && view.matches(meta) ? view.local(meta.seq) : undefined
    return { reply, committed: { seq, isShared: true } }
  }

  /**
   * What the first change waits for, as reads do: the connection is being made, and what a program
   * changes as soon as it has a cache need not be kept for a Redis that is well.
   */
  #begin(): Promise<void> | undefined {
    const isFirst = !this.#hasBegun
    this.#hasBegun = true
    return isFirst && !this.#shard.view.isReadable ? this.followed() : undefined
  }

  /** Resolves once a numbering is followed, and so nothing is kept that Redis has to hear first. */
  async followed(): Promise<void> {
    if (this.#shard.view.isReadable || this.#shared === undefined) return
    const { l2, watch } = this.#shared
    if (l2.isOpen) throw AWAY_NOW
    try {
      await this.#context.deadline.bound(watch.known(), () => AWAY_NOW)
    } catch (error) {
      throw error instanceof TierError
        ? error
        : new TierError('change', 'not connected', { cause: error })
    }
  }

  /** Gives a change of `key` a number where there is no Redis. */
  applyAlone(key: string): Committed {
    return this.#applyAlone({ keys: new Map([[key, DELETE]]), tags: NO_TAGS, clear: false }, true)
  }

  /** Brings what is kept to Redis. Rejects, with all of it kept still, if it could not. */
  flush(): Promise<void> {
    return this.#unsent.flush()
  }

  /** Forgets what is kept, since nobody will bring it: counted and reported. */
  drop(): void {
    const dropped = this.#unsent.drop()
    if (dropped === 0) return
    const { counters, report } = this.#context
    counters.outboxDropped += dropped
    const what = `${dropped} invalidations waited for Redis and are lost`
    const error = new TierError('close', `${what}: other instances may serve what they have`)
    report.tier({ shard: this.#shard.index, state: 'error', error })
  }

  /** The same server as before answered a question of the instant `at`. */
  answered(at: number): void {
    this.#unsent.answered(at)
  }

  /**
   * What another incarnation than `inc` acknowledged lately counts as not sent; without `inc` all of
   * it. No numbering may be followed meanwhile.
   */
  heal(inc: string | undefined): void {
    this.#context.counters.healed += this.#unsent.lose(inc)
  }

  /** The same for everything, whoever invalidated it. */
  healAll(): void {
    this.#unsent.keep({ ...NOTHING, clear: true })
  }

  /**
   * Tells every instance to drop what it holds and loads under keys that match. Not kept while Redis is
   * away: it is the first step of a sweep, which then fails.
   */
  async announce(pattern: string): Promise<void> {
    const invalidation = { keys: [], tags: [], clear: false, patterns: [pattern] }
    const { view } = this.#shard
    if (this.#shared === undefined)
      return apply(this.#shard, invalidation, view.countAlone(), 'here')
    try {
      if (!view.isKnown) await this.#shared.watch.known()
      const { applied } = view
      const payload = encodeInvalidation([], [], false, [pattern], this.#shard.cache)
      const meta = await this.#shared.l2.change(NOTHING, payload)
      const isNext = view.matches(meta) && view.local(meta.seq) > applied
      this.#shared.watch.noticed(meta)
      if (!isNext) this.#leave()
      apply(this.#shard, invalidation, isNext ? view.local(meta.seq) : view.countAlone(), 'here')
    } catch (error) {
      this.#leave()
      apply(this.#shard, invalidation, view.countAlone(), 'here')
      throw error
    }
  }

  async #execute(shared: Shared, change: Change): Promise<Meta> {
    const meta = await shared.l2.change(
      change,
      encodeInvalidation(change.keys.keys(), change.tags, change.clear, [], this.#shard.cache),
    )
    this.#unsent.taken(change, meta)
    return meta
  }

  /** `before`: what was applied here when it was sent. */
  #applyShared(shared: Shared, change: Change, meta: Meta, before: number): Committed {
    const { view } = this.#shard
    let seq = view.matches(meta) ? view.local(meta.seq) : undefined
    // The answer is as good as its message, where it is the next: all before it is applied. Over a
    // connection that has not said who answers there it may be a number that was given before.
    const isNext = view.isReadable && seq === view.applied + 1
    if (!isNext) shared.watch.noticed(meta)
    // A server that is behind gives numbers again: this one says nothing against what is held.
    if (seq !== undefined && seq <= before) seq = undefined
    if (seq === undefined) this.#leave()
    apply(this.#shard, invalidationOf(change), seq ?? view.countAlone(), 'here')
    if (isNext) shared.watch.appliedNext()
    return { seq, isShared: true }
  }

  #keep(change: Change, error: unknown): Committed {
    this.#unsent.keep(change)
    this.#leave()
    return { ...this.#applyAlone(change, false), error }
  }

  /** A number of our own is one more than Redis has given, whose next would be taken for it. */
  #leave(): void {
    if (this.#shard.view.isKnown) distrust(this.#shard)
  }

  #applyAlone(change: Change, isShared: boolean): Committed {
    const seq = this.#shard.view.countAlone()
    apply(this.#shard, invalidationOf(change), seq, 'here')
    return { seq, isShared }
  }
}

const NOTHING: Change = Object.freeze({ keys: new Map(), tags: new Set<string>(), clear: false })
const AWAY = new TierError('change', 'Redis is away; kept until it is back')

const AWAY_NOW = new TierError('change', 'Redis is away; nothing was changed')
const NO_TAGS: ReadonlySet<string> = new Set()
