import type { Context } from './context.ts'
import { type Entry, isCurrent, isServable, judge } from './entry.ts'
import { find } from './find.ts'
import { type LoadAnswer, type LoadRequest, load } from './load.ts'
import type { Loader } from './loader.ts'
import type { Policies, Policy } from './policy.ts'
import type { Refresher } from './refresh.ts'
import type { ReadOutcome } from './channels.ts'
import type { Shard } from './shard.ts'

/** A read that L1 could not answer at once. */
export interface ReadRequest {
  readonly shard: Shard
  readonly key: string
  /** Absent: what is not there is not loaded. */
  readonly loader: Loader<unknown> | undefined
  readonly policy: Policy
  readonly policies: Policies
  /** Told when the read waits for a load that is not its own. */
  readonly onWait?: (() => void) | undefined
}

/**
 * The one read path: what is held here, then L2, then the loader. A value that is no longer fresh is
 * served while it is loaded anew, or when the load fails or is late, as far as the policy allows.
 */
export async function readThrough(
  context: Context,
  refresher: Refresher,
  request: ReadRequest,
): Promise<unknown> {
  const { shard, key, loader, policy } = request
  const began = context.clock.now()
  let held = heldEntry(shard, key, began)
  if (held !== undefined) {
    const verdict = judge(held, began, policy)
    if (verdict === 'fresh' || (verdict === 'stale' && loader !== undefined)) {
      refreshBehind(held, false)
      return answer(held.value, verdict === 'fresh' ? 'hit-l1' : 'stale')
    }
  }
  if (shard.loads.joinable(key, began, shard.view.bound) === undefined || loader === undefined) {
    const found = await find(context, shard, key, policy.tags)
    if (typeof found === 'object') {
      const verdict = judge(found, context.clock.now(), policy)
      if (verdict === 'fresh') return answer(found.value, 'hit-l2')
      if (verdict === 'stale' && loader !== undefined) {
        refreshBehind(found, true)
        return answer(found.value, 'stale')
      }
      held = found
    }
  }
  if (loader === undefined) return answer(undefined, 'absent')
  return loadOrServe(loader, held)

  function refreshBehind(stale: Entry, hasRead: boolean): void {
    if (loader === undefined) return
    refresher.refresh(loadRequest(loader, stale, true), stale, hasRead)
  }

  async function loadOrServe(run: Loader<unknown>, spare: Entry | undefined): Promise<unknown> {
    try {
      const loaded = await loadedOrLate(run, spare)
      if (loaded === 'late') return answer(spare?.value, 'grace')
      return answer(loaded.value, loaded.source === 'l2' ? 'hit-l2' : loadedOutcome(loaded))
    } catch (error) {
      const kept = spare === undefined ? undefined : await stillServable(spare)
      if (kept !== undefined) return answer(kept.value, 'grace')
      context.report.read(key, 'failed', context.clock.now() - began)
      throw error
    }
  }

  /** The load's answer; or `'late'` when the soft timeout is over and `spare` may be served instead. */
  async function loadedOrLate(
    run: Loader<unknown>,
    spare: Entry | undefined,
  ): Promise<LoadAnswer | 'late'> {
    if (shard.loads.joinable(key, context.clock.now(), shard.view.bound) !== undefined)
      request.onWait?.()
    const loading = load(context, loadRequest(run, spare, false))
    if (spare !== undefined && policy.softTimeout !== Infinity) {
      const isLate = (await settledOrLate(context, loading, policy.softTimeout)) === 'late'
      if (isLate && isSpare(spare)) return 'late'
    }
    const loaded = await loading
    // What was joined was a refresh, which left the load to another instance.
    return loaded.source === 'none' ? loadedOrLate(run, spare) : loaded
  }

  /** What may be served after a failed load: `spare` if it was not invalidated, or what L2 has now. */
  async function stillServable(spare: Entry): Promise<Entry | undefined> {
    if (isSpare(spare)) return spare
    const found = await find(context, shard, key, policy.tags)
    return typeof found === 'object' && judge(found, context.clock.now(), policy) !== 'dead'
      ? found
      : undefined
  }

  /** Whether `spare` may still be served: nothing replaced or invalidated it, and its grace is not over. */
  function isSpare(spare: Entry): boolean {
    const now = context.clock.now()
    return heldEntry(shard, key, now) === spare && judge(spare, now, policy) !== 'dead'
  }

  function loadRequest(
    run: Loader<unknown>,
    spare: Entry | undefined,
    isBehind: boolean,
  ): LoadRequest {
    const { policies, onWait } = request
    return { shard, key, loader: run, policy, policies, held: spare, isBehind, onWait }
  }

  function answer(value: unknown, outcome: ReadOutcome): unknown {
    context.report.read(key, outcome, context.clock.now() - began)
    return value
  }
}

function loadedOutcome({ value }: LoadAnswer): 'absent' | 'loaded' {
  return value === undefined ? 'absent' : 'loaded'
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
  loading: Promise<LoadAnswer>,
  timeout: number,
): Promise<LoadAnswer | 'late'> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeout, () => resolve('late'))
    background.add(loading.then(resolve, reject).finally(cancel))
  })
}
