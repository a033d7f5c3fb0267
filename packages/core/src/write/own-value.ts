import type { Committed } from '../coherence/originate.ts'
import type { Context } from '../context.ts'
import { Flight } from '../flights.ts'
import { install } from '../install.ts'
import { measure } from '../payload.ts'
import type { Policy } from '../policy.ts'
import type { Shard } from '../shard.ts'

/** A caller's value as it is to be held here once Redis has it. */
export interface OwnValue {
  readonly value: unknown
  readonly ttl: number
  readonly policy: Policy
  /** Bytes of its frame, where there is one. */
  readonly size?: number | undefined
}

/** Nothing that is held here answers for `key` any more; what overtakes the change is noticed. */
export function beginOwn(shard: Shard, key: string, at: number): Flight<unknown> {
  shard.drop(key)
  const flight = new Flight<unknown>(key, at)
  shard.sets.start(flight)
  return flight
}

/** Puts a caller's value into L1 with the number that its change was given. */
export function keepOwn(
  context: Context,
  shard: Shard,
  flight: Flight<unknown>,
  { value, ttl, policy, size = measure(policy.family.settings, flight.key, value) }: OwnValue,
  { seq, isShared }: Committed,
): void {
  const { tags, family } = policy
  const { settings } = family
  const longest = Math.min(ttl, settings.l1Ttl, isShared ? Infinity : shard.view.bound)
  if (seq === undefined || longest <= 0) return
  const { key, at } = flight
  const candidate = { key, value, stamp: seq, at, freshUntil: at + longest, tags, size }
  if (install(shard, shard.sets, flight, candidate) === undefined) context.counters.overtaken++
}
