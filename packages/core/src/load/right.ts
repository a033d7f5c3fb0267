import type { Right } from './acquire-batch.ts'
import { pause } from '../clock.ts'
import type { Context } from '../context.ts'
import type { Entry } from '../entry.ts'
import { findAnew } from '../read/find.ts'
import type { LoadAnswer, LoadRequest } from './load.ts'
import type { Shard, Shared } from '../shard.ts'
import type { Lease } from '../tiers.ts'

/** How long a fence outlives the longest load that it is for. */
const FENCE_MARGIN = 30_000
const LONGEST_FENCE = 86_400_000
/** Waits between looks at what another instance is loading: the first, doubling to the last. */
const FIRST_LOOK = 25
const LAST_LOOK = 200

const NOTHING: LoadAnswer = Object.freeze({ value: undefined, source: 'none' })
const STORED: LoadAnswer = Object.freeze({ value: undefined, source: 'stored' })

/**
 * Asks for the right to load. An answer instead of a right: another instance filled meanwhile, or L2
 * was expected to have nothing, which it has.
 * Neither: Redis does not answer, and the load is this process's alone.
 */
export async function acquire(
  context: Context,
  { shard, key, policy, held, isBehind, isUnread, onWait }: LoadRequest,
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
    if (isUnread && look === FIRST_LOOK) {
      policy.family.absences.note(lease.expiresAt === 0)
      if (lease.expiresAt !== 0) {
        if (lease.isLeader) context.background.add(giveBack(shard, key, lease))
        return STORED
      }
    }
    const stored = shared.watch.localTime(lease.expiresAt)
    if (lease.expiresAt !== seen && stored > newerThan(right.at, held, policy.ttl)) {
      seen = lease.expiresAt
      const found = await findAnew(context, shard, key, policy)
      // Another `expire` moves the instant too: what it made stale is no answer.
      if (typeof found === 'object' && clock.now() < found.freshUntil) {
        if (lease.isLeader) context.background.add(giveBack(shard, key, lease))
        return { value: found.value, source: 'l2' }
      }
    }
    if (lease.isLeader) return right
    if (isBehind) return NOTHING
    const left = until - clock.now()
    if (left <= 0) return right
    counters.leaseWaits++
    onWait?.()
    await pause(clock, Math.min(left, look * (0.7 + 0.6 * clock.random())))
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

/** The end that a value has which another instance stored meanwhile, at least. */
function newerThan(now: number, held: Entry | undefined, ttl: number): number {
  if (held === undefined || held.freshUntil <= now) return now
  // Loaded early: what is stored is fresh still. Its own end is known here only up to the time of its
  // load; that of a newer one is most of a ttl later.
  return held.freshUntil + ttl / 2
}

/** So that the next to load need not wait for a value that does not come. */
export async function giveBack(shard: Shard, key: string, lease: Lease): Promise<void> {
  await shard.shared?.l2.release(key, lease.token).catch(() => {}) // it ends by itself
}
