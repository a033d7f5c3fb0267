import type { Context } from '../context.ts'
import type { Entry } from '../entry.ts'
import { LoadQueueError } from '../errors.ts'
import { nextLook } from '../read/ahead.ts'
import { extrasOf, fill } from './fill.ts'
import { Flight } from '../flights.ts'
import { install } from '../install.ts'
import type { Leave, Refusal } from './limiter.ts'
import type { Loader } from './loader.ts'
import { type Run, checkCycle, currentRun, waitFor } from './nesting.ts'
import { measure } from '../payload.ts'
import { jittered } from '../policy.ts'
import type { ReadRequest } from '../read/read.ts'
import { acquire, giveBack } from './right.ts'
import { type LoadedValue, run } from './run.ts'
import type { Shard } from '../shard.ts'

/** A load under way. */
export class LoadFlight extends Flight<LoadAnswer> implements Run {
  readonly owner: Shard
  /** Nobody waited for it when it began. */
  readonly isBehind: boolean
  readonly waiters: Set<Run> = new Set()
  isOver = false
  hurry: (() => void) | undefined = undefined
  /** Gives its lease back; set while it has one. */
  release: (() => void) | undefined
  readonly #tags: readonly string[]

  constructor(key: string, at: number, tags: readonly string[], owner: Shard, isBehind = false) {
    super(key, at)
    this.#tags = tags
    this.owner = owner
    this.isBehind = isBehind
  }

  /** What can't be stored any more is not waited for: who loads anew is elected at once. */
  override close(tags: readonly string[], clear: boolean): void {
    super.close(tags, clear)
    if (clear || this.#tags.some((tag) => tags.includes(tag))) this.release?.()
  }
}

/**
 * What a flight brings: from the loader; from another instance by way of L2; nothing, but L2 has to be
 * read, since something is stored; or nothing.
 */
export interface LoadAnswer {
  readonly value: unknown
  readonly source: 'loader' | 'l2' | 'stored' | 'none'
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
  /** L2 was not asked, since it is expected to have nothing: if it has, that is the answer. */
  readonly isUnread: boolean
}

/**
 * Runs the loader of a key, or waits for the one that does: the flight under way is joined.
 *
 * @throws {LoadCycleError} when it is asked for by a loader that it would have to wait for
 */
export function load(context: Context, request: LoadRequest): Promise<LoadAnswer> {
  const { shard, key } = request
  const now = context.clock.now()
  const asking = request.isBehind ? undefined : currentRun()
  if (asking !== undefined) checkCycle(asking, shard, key)
  const underway = shard.loads.joinable(key, now, shard.view.bound)
  const flight = underway ?? new LoadFlight(key, now, request.policy.tags, shard, request.isBehind)
  if (asking !== undefined) waitFor(asking, flight) // before the loader, which may ask at once
  if (underway === undefined) {
    shard.loads.start(flight)
    flight.promise = fly(context, request, flight, asking !== undefined)
  }
  if (asking === undefined) return flight.promise
  return flight.promise.finally(() => flight.waiters.delete(asking))
}

async function fly(
  context: Context,
  request: LoadRequest,
  flight: LoadFlight,
  isNested: boolean,
): Promise<LoadAnswer> {
  const { shard, key } = request
  let isFilling = false
  let leave: Leave | undefined
  try {
    // A nested load has the place of the loader that waits for it: of its own it could wait for ever.
    if (!request.isGathered && !isNested) {
      leave = context.places.tryEnter() ?? (await enter(context, flight))
    }
    const right =
      shard.shared === undefined || request.isAlone
        ? undefined
        : await acquire(context, request, shard.shared)
    if (right !== undefined && 'source' in right) return right
    if (right?.lease.isLeader === true) {
      const { lease } = right
      flight.release = () => context.background.add(giveBack(shard, key, lease))
    }
    const began = context.clock.now()
    const alone = shard.view.applied
    try {
      const loaded = await run(context, request, flight)
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
    leave?.()
    flight.isOver = true
    if (!isFilling) shard.loads.end(flight)
  }
}

/** Takes one of the places that loaders run in. @throws {LoadQueueError} */
export async function enter(
  { places, counters, settings }: Pick<Context, 'places' | 'counters' | 'settings'>,
  waiting: Run,
): Promise<Leave> {
  const refused = (why: Refusal): Error => {
    counters.loadsRefused++
    return new LoadQueueError(
      waiting.key,
      why === 'full'
        ? `loads.queue: ${settings.loadQueue} wait already`
        : `loads.queueTimeout: no place in ${settings.loadQueueTimeout} ms`,
    )
  }
  try {
    return await places.enter(refused, (hurry) => {
      waiting.hurry = hurry
    })
  } finally {
    waiting.hurry = undefined
  }
}

/** Keeps a value in L1 alone: for good without Redis, for no longer than the bound while it is away. */
function keepAlone(
  context: Context,
  shard: Shard,
  flight: LoadFlight,
  loaded: LoadedValue,
  at: number,
  stamp: number,
): void {
  const { key, value, policy, cost } = loaded
  const ttl = Math.min(
    value === undefined ? policy.negativeTtl : policy.ttl,
    context.settings.l1Ttl,
    shard.shared === undefined ? Infinity : shard.view.bound,
  )
  if (ttl <= 0) {
    context.report.load(policy.family, key, 'unkept', cost)
    if (shard.loads.holds(flight)) shard.l1.delete(key)
    return
  }
  context.report.load(policy.family, key, shard.shared === undefined ? 'filled' : 'isolated', cost)
  const size = measure(policy.family.settings, key, value)
  const { tags, earlyRefresh } = policy
  const lasts = jittered(context, ttl)
  const freshUntil = at + lasts
  // What L2 does not have can't be prolonged there: while it is away, nothing slides.
  const extras = extrasOf(
    shard.shared === undefined ? loaded : { ...loaded, policy: { ...policy, sliding: 0 } },
    lasts,
  )
  const hitUntil = nextLook(context, { ends: freshUntil, ttl: lasts, cost, earlyRefresh, extras })
  const candidate = {
    key,
    value,
    stamp,
    at,
    freshUntil,
    hitUntil,
    extras: extras && { ...extras, tags, check: 0 },
    tags,
    size,
  }
  if (install(shard, shard.loads, flight, candidate) === undefined) context.counters.overtaken++
}
