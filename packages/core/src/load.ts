import type { Right } from './acquire-batch.ts'
import type { Context } from './context.ts'
import type { Entry } from './entry.ts'
import { LoadTimeoutError } from './errors.ts'
import { fill, jittered } from './fill.ts'
import { findAnew } from './find.ts'
import { Flight } from './flights.ts'
import { install } from './install.ts'
import { Loaded, type Loader, type LoaderContext } from './loader.ts'
import { measure } from './payload.ts'
import type { Policy } from './policy.ts'
import type { ReadRequest } from './read.ts'
import type { Shard, Shared } from './shard.ts'
import type { Lease } from './tiers.ts'

/** A load under way. */
export class LoadFlight extends Flight<LoadAnswer> {
  /** Gives its lease back; set while it has one. */
  release: (() => void) | undefined
  readonly #tags: readonly string[]

  constructor(key: string, at: number, tags: readonly string[]) {
    super(key, at)
    this.#tags = tags
  }

  /** What can't be stored any more is not waited for: who loads anew is elected at once. */
  override close(tags: readonly string[], clear: boolean): void {
    super.close(tags, clear)
    if (clear || this.#tags.some((tag) => tags.includes(tag))) this.release?.()
  }
}

/** What a flight brings: from the loader, from another instance by way of L2, or nothing. */
export interface LoadAnswer {
  readonly value: unknown
  readonly source: 'loader' | 'l2' | 'none'
}

/** One load, as it was asked for. */
export interface LoadRequest extends ReadRequest {
  readonly loader: Loader<unknown>
  /** What is held and no longer fresh. */
  readonly held: Entry | undefined
  /** A refresh that nobody waits for: if another instance loads already, it is left to it. */
  readonly isBehind: boolean
  /** L2 was asked just now and did not answer: it is not asked again. */
  readonly isAlone: boolean
}

/** How long a fence outlives the longest load that it is for. */
const FENCE_MARGIN = 30_000
const LONGEST_FENCE = 86_400_000
/** Waits between looks at what another instance is loading: the first, doubling to the last. */
const FIRST_LOOK = 25
const LAST_LOOK = 200

/** A value that is loaded, on its way into the tiers. */
export interface LoadedValue {
  readonly key: string
  readonly value: unknown
  readonly policy: Policy
  /** Milliseconds that the load took. */
  readonly cost: number
}

/** Runs the loader of a key, or waits for the one that does: the flight under way is joined. */
export function load(context: Context, request: LoadRequest): Promise<LoadAnswer> {
  const { shard, key } = request
  const now = context.clock.now()
  const underway = shard.loads.joinable(key, now, shard.view.bound)
  if (underway !== undefined) return underway.promise
  const flight = new LoadFlight(key, now, request.policy.tags)
  shard.loads.start(flight)
  flight.promise = fly(context, request, flight)
  return flight.promise
}

async function fly(
  context: Context,
  request: LoadRequest,
  flight: LoadFlight,
): Promise<LoadAnswer> {
  const { shard } = request
  let isFilling = false
  try {
    const right =
      shard.shared === undefined || request.isAlone
        ? undefined
        : await acquire(context, request, shard.shared)
    if (right !== undefined && 'source' in right) return right
    if (right?.lease.isLeader === true) {
      flight.release = () => giveBack(context, shard, request.key, right.lease)
    }
    const began = context.clock.now()
    const alone = shard.view.applied
    try {
      const loaded = await run(context, request)
      if (right === undefined) {
        keepAlone(context, shard, flight, loaded, began, alone)
      } else {
        isFilling = true
        context.background.add(
          fill(context, shard, flight, loaded, right).finally(() => shard.loads.end(flight)),
        )
      }
      return { value: loaded.value, source: 'loader' }
    } catch (error) {
      flight.release?.()
      throw error
    }
  } finally {
    if (!isFilling) shard.loads.end(flight)
  }
}

/**
 * Asks for the right to load. An answer instead of a right: another instance filled meanwhile.
 * Neither: Redis does not answer, and the load is this process's alone.
 */
async function acquire(
  context: Context,
  { shard, key, policy, held, isBehind, onWait }: LoadRequest,
  shared: Shared,
): Promise<Right | LoadAnswer | undefined> {
  const { clock, settings, counters } = context
  const fenceTtl = Math.min(policy.hardTimeout + FENCE_MARGIN, LONGEST_FENCE)
  const until = clock.now() + settings.leaseWait
  let seen = 0
  for (let look = FIRST_LOOK; ; look = Math.min(look * 2, LAST_LOOK)) {
    const right = await ask()
    if (right === undefined) return undefined
    const { lease } = right
    const stored = shared.watch.localTime(lease.expiresAt)
    if (lease.expiresAt !== seen && stored > Math.max(right.at, held?.freshUntil ?? 0)) {
      seen = lease.expiresAt
      const found = await findAnew(context, shard, key, policy)
      // Another `expire` moves the instant too: what it made stale is no answer.
      if (typeof found === 'object' && clock.now() < found.freshUntil) {
        if (lease.isLeader) giveBack(context, shard, key, lease)
        return { value: found.value, source: 'l2' }
      }
    }
    if (lease.isLeader) return right
    if (isBehind) return NOTHING
    const left = until - clock.now()
    if (left <= 0) return right
    counters.leaseWaits++
    onWait?.()
    const pause = Math.min(left, look * (0.7 + 0.6 * clock.random()))
    await new Promise<void>((resolve) => clock.after(pause, resolve))
  }

  async function ask(): Promise<Right | undefined> {
    try {
      if (!shard.view.isKnown) {
        if (shared.l2.isOpen) return undefined
        await context.deadline.bound(shared.watch.known(), () => new Error('numbering unknown'))
      }
      const right = await shared.rights.acquire(key, fenceTtl)
      shared.watch.noticed(right.meta)
      return right
    } catch {
      return undefined // counted and reported by the guard
    }
  }
}

const NOTHING: LoadAnswer = Object.freeze({ value: undefined, source: 'none' })

async function run(context: Context, request: LoadRequest): Promise<LoadedValue> {
  const { key, loader, policy, policies, held } = request
  const { clock, counters } = context
  const began = clock.now()
  counters.loads++
  let abort: AbortController | undefined
  let late: LoadTimeoutError | undefined
  let isOver = false
  const loaderContext: LoaderContext = {
    key,
    stale: held?.value,
    get signal() {
      if (abort === undefined) {
        abort = new AbortController()
        // Asked for only now: a loader that was given up already is told at once.
        if (late !== undefined) abort.abort(late)
        else if (!isOver) context.aborts.add(abort)
      }
      return abort.signal
    },
  }
  try {
    const answer = await bounded()
    const cost = clock.now() - began
    const { isolate } = policy.family
    if (!(answer instanceof Loaded)) return { key, value: isolate(answer), policy, cost }
    const chosen = policies.over(policy, answer.options)
    return { key, value: isolate(answer.value), policy: chosen, cost }
  } catch (error) {
    const isLate = error instanceof LoadTimeoutError && error.key === key
    if (isLate) counters.loadTimeouts++
    else counters.loadErrors++
    context.report.load(
      policy.family,
      key,
      isLate ? 'timeout' : 'failed',
      clock.now() - began,
      error,
    )
    throw error
  } finally {
    isOver = true
    if (abort !== undefined) context.aborts.delete(abort)
  }

  function bounded(): Promise<unknown> {
    const loading = new Promise<unknown>((resolve) => resolve(loader(loaderContext)))
    if (policy.hardTimeout === Infinity) return loading
    return new Promise((resolve, reject) => {
      const cancel = clock.after(policy.hardTimeout, () => {
        late = new LoadTimeoutError(key, policy.hardTimeout)
        abort?.abort(late)
        reject(late)
      })
      loading.then(resolve, reject).finally(cancel)
    })
  }
}

/** Keeps a value in L1 alone: for good without Redis, for no longer than the bound while it is away. */
function keepAlone(
  context: Context,
  shard: Shard,
  flight: LoadFlight,
  { key, value, policy, cost }: LoadedValue,
  at: number,
  stamp: number,
): void {
  const ttl = Math.min(
    value === undefined ? policy.negativeTtl : policy.ttl,
    context.settings.l1Ttl,
    shard.shared === undefined ? Infinity : shard.view.bound,
  )
  context.report.load(policy.family, key, shard.shared === undefined ? 'filled' : 'isolated', cost)
  if (ttl <= 0) {
    if (shard.loads.holds(flight)) shard.l1.delete(key)
    return
  }
  const size = measure(policy.family.settings, key, value)
  const freshUntil = at + jittered(context, ttl)
  const candidate = { key, value, stamp, at, freshUntil, tags: policy.tags, size }
  if (install(shard, shard.loads, flight, candidate) === undefined) context.counters.overtaken++
}

function giveBack(context: Context, shard: Shard, key: string, lease: Lease): void {
  const released = shard.shared?.l2.release(key, lease.token).catch(() => {}) // it ends by itself
  if (released !== undefined) context.background.add(released)
}
