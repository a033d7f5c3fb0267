import { Backoff } from './backoff.ts'
import type { ReadOutcome } from '../channels.ts'
import type { Context } from '../context.ts'
import { Entry, isCurrent, isServable, judge } from '../entry.ts'
import { find, findAnew, isReadable } from './find.ts'
import { type LoadAnswer, type LoadFlight, type LoadRequest, load } from '../load/load.ts'
import type { Loader } from '../load/loader.ts'
import { currentRun } from '../load/nesting.ts'
import type { Policies, Policy } from '../policy.ts'
import { Refresher } from './refresh.ts'
import type { Shard } from '../shard.ts'
import { pauseHits, slide } from './sliding.ts'

/** A read that L1 could not answer at once. */
export interface ReadRequest {
  readonly shard: Shard
  readonly key: string
  /** Absent: what is not there is not loaded. */
  readonly loader: Loader<unknown> | undefined
  readonly policy: Policy
  readonly policies: Policies
  /** The loader is one of a bulk load, which takes a place to run in by itself. */
  readonly isGathered: boolean
  /** Told when the read waits for a load that is not its own. */
  readonly onWait: (() => void) | undefined
}

/**
 * The one read path: what is held here, then L2, then the loader. A value that is no longer fresh is
 * served while it is loaded anew, or when the load fails or is late, as far as the policy allows.
 */
export class Reader {
  readonly #context: Context
  readonly #backoff: Backoff
  readonly #refresher: Refresher

  constructor(context: Context) {
    this.#context = context
    this.#backoff = new Backoff(context.clock)
    this.#refresher = new Refresher(context, this.#backoff)
  }

  read(request: ReadRequest): Promise<unknown> {
    return this.#read(request, true)
  }

  /** `mayGuess`: L2 is not asked where it is expected to have nothing. */
  async #read(request: ReadRequest, mayGuess: boolean): Promise<unknown> {
    const { shard, key, loader, policy } = request
    const began = this.#context.clock.now()
    let held = heldEntry(shard, key, began)
    let isAlone = false
    if (held !== undefined) {
      const verdict = judge(held, began, policy)
      if (verdict === 'fresh' && !isForL2(request, held, began)) {
        this.#lookAhead(request, held, began)
        return this.#answer(request, held.value, 'hit-l1', began)
      }
      if (verdict === 'stale' && loader !== undefined) {
        this.#refresher.refresh(behind(request, loader, held), false)
        return this.#answer(request, held.value, 'stale', began)
      }
    }
    if (mayGuess && loader !== undefined && held === undefined && this.#isGuessed(request, began)) {
      const guess = { ...request, loader, held, isBehind: false, isAlone, isUnread: true }
      return this.#loadOrServe(guess, began)
    }
    // Who waits for a load already is joined; a load behind leaves what there is to its readers.
    if (loader === undefined || (loading(shard, key, began)?.isBehind ?? true)) {
      const found = await find(this.#context, shard, key, policy, began)
      if (found === 'unavailable') isAlone = true
      else if (found !== 'absent') {
        const now = this.#context.clock.now()
        const verdict = judge(found, now, policy)
        if (verdict === 'fresh') {
          this.#lookAhead(request, found, now)
          return this.#answer(request, found.value, 'hit-l2', began)
        }
        if (verdict === 'stale' && loader !== undefined) {
          this.#refresher.refresh(behind(request, loader, found), true)
          return this.#answer(request, found.value, 'stale', began)
        }
        held = found
      }
    }
    if (loader === undefined) {
      const { restore } = shard
      const waits =
        restore === undefined || isAlone ? undefined : await this.#waiting(request, restore)
      return this.#answer(request, waits?.value, waits === undefined ? 'absent' : 'hit-l2', began)
    }
    const read = { ...request, loader, held, isBehind: false, isAlone, isUnread: false }
    return this.#loadOrServe(read, began)
  }

  /**
   * Whether L2 is expected to have nothing, so that the right to load is asked for at once. Only for who
   * can load at once, waits for nobody and is waited for by nobody: who is wrong asks L2 after it.
   */
  #isGuessed({ shard, key, policy }: ReadRequest, now: number): boolean {
    return (
      policy.family.absences.areExpected &&
      shard.shared?.l2.isOpen === false &&
      isReadable(this.#context, shard.view, now) &&
      this.#context.places.hasRoom &&
      shard.loads.joinable(key, now, Infinity) === undefined &&
      shard.reads.joinable(key, now, shard.view.bound) === undefined &&
      currentRun() === undefined
    )
  }

  /** A value that the source of truth does not have yet: it is found, also when the cache has lost it. */
  async #waiting(
    { shard, key, policy }: ReadRequest,
    restore: (key: string) => Promise<boolean>,
  ): Promise<Entry | undefined> {
    if (!(await restore(key).catch(() => false))) return undefined // reported by the guard
    const found = await findAnew(this.#context, shard, key, policy)
    return typeof found === 'object' && this.#context.clock.now() < found.freshUntil
      ? found
      : undefined
  }

  /** A fresh value whose hits look further: its life is prolonged, or its successor loaded, behind. */
  #lookAhead(request: ReadRequest, entry: Entry, now: number): void {
    const { shard, key, loader, policy } = request
    if (now < entry.hitUntil) return
    if (entry.extras?.sliding !== undefined) slide(this.#context, shard, key, entry)
    else if (loader !== undefined && policy.earlyRefresh > 0) {
      pauseHits(entry, now)
      this.#refresher.refresh(behind(request, loader, entry), true)
    }
  }

  async #loadOrServe(request: LoadRequest, began: number): Promise<unknown> {
    const { key, held } = request
    if (held !== undefined && this.#backoff.isFailing(key)) {
      const kept = await this.#stillServable(request, held)
      if (kept !== undefined) return this.#answer(request, kept.value, 'grace', began)
    }
    try {
      const loaded = await this.#loadedOrLate(request)
      if (loaded instanceof Entry) return this.#answer(request, loaded.value, 'grace', began)
      const { value, source } = loaded
      if (source !== 'stored') {
        this.#backoff.succeeded(key)
        const outcome = source === 'l2' ? 'hit-l2' : value === undefined ? 'absent' : 'loaded'
        return this.#answer(request, value, outcome, began)
      }
    } catch (error) {
      const kept = held === undefined ? undefined : await this.#stillServable(request, held)
      if (kept !== undefined) {
        this.#backoff.failed(key, began)
        return this.#answer(request, kept.value, 'grace', began)
      }
      this.#answer(request, undefined, 'failed', began)
      throw error
    }
    return this.#read(request, false) // its load, or the one it joined, had not asked L2
  }

  /** The load's answer; or what may be served instead once the soft timeout is over. */
  async #loadedOrLate(request: LoadRequest): Promise<LoadAnswer | Entry> {
    const { shard, key, policy, held, onWait } = request
    if (loading(shard, key, this.#context.clock.now()) !== undefined) onWait?.()
    const answer = load(this.#context, request)
    if (held !== undefined && policy.softTimeout !== Infinity) {
      const first = await settledOrLate(this.#context, answer, policy.softTimeout)
      const kept = first === 'late' ? await this.#stillServable(request, held) : undefined
      if (kept !== undefined) return kept
    }
    const loaded = await answer
    // What was joined was a refresh, which left the load to another instance.
    return loaded.source === 'none' ? this.#loadedOrLate(request) : loaded
  }

  /** What may be served instead of a load: `held` if it was not invalidated, or what L2 has now. */
  async #stillServable(request: LoadRequest, held: Entry): Promise<Entry | undefined> {
    if (this.#isKept(request, held)) return held
    const { shard, key, policy } = request
    const found = await find(this.#context, shard, key, policy)
    if (typeof found !== 'object') return undefined
    return judge(found, this.#context.clock.now(), policy) === 'dead' ? undefined : found
  }

  /** Whether nothing replaced or invalidated `held`, and its grace is not over. */
  #isKept({ shard, key, policy }: LoadRequest, held: Entry): boolean {
    const now = this.#context.clock.now()
    return heldEntry(shard, key, now) === held && judge(held, now, policy) !== 'dead'
  }

  #answer(
    { key, policy }: ReadRequest,
    value: unknown,
    outcome: ReadOutcome,
    began: number,
  ): unknown {
    this.#context.report.read(policy.family, key, outcome, began)
    return value
  }
}

/** The load of `held`'s successor that nobody waits for. */
function behind(request: ReadRequest, loader: Loader<unknown>, held: Entry): LoadRequest {
  return { ...request, loader, held, isBehind: true, isAlone: false, isUnread: false }
}

/** Whether `entry` has been here for so long that the next tier is asked. */
function isForL2({ shard, policy }: ReadRequest, entry: Entry, now: number): boolean {
  return shard.shared !== undefined && now - entry.at >= policy.family.settings.l1Ttl
}

function loading(shard: Shard, key: string, now: number): LoadFlight | undefined {
  return shard.loads.joinable(key, now, shard.view.bound)
}

/** What L1 has for `key`, if it may be used; what was invalidated is dropped. */
function heldEntry(shard: Shard, key: string, now: number): Entry | undefined {
  const entry = shard.l1.peek(key)
  if (entry === undefined || isServable(entry, now)) return entry
  if (!isCurrent(entry)) shard.l1.delete(key)
  return undefined
}

/** The load's answer, or `'late'` after `timeout` milliseconds: the load goes on. */
function settledOrLate(
  { clock, background }: Context,
  underway: Promise<LoadAnswer>,
  timeout: number,
): Promise<LoadAnswer | 'late'> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeout, () => resolve('late'))
    background.add(underway.then(resolve, reject).finally(cancel))
  })
}
