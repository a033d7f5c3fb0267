import type { Committed } from '../coherence/originate.ts'
import type { Context } from '../context.ts'
import { ConfigError } from '../errors.ts'
import { Flight } from '../flights.ts'
import { checkOf } from '../frame.ts'
import { install } from '../install.ts'
import { extrasOf } from '../load/fill.ts'
import { encodeValue, measure } from '../payload.ts'
import { type Policy, graceOf } from '../policy.ts'
import type { Shard } from '../shard.ts'
import type { Basis, Swapped } from '../tiers.ts'

/** A caller's value as it is to be held here once Redis has it. */
export interface OwnValue {
  readonly value: unknown
  readonly ttl: number
  readonly policy: Policy
  /** As L2 has it, where it does. */
  readonly frame?: Buffer | undefined
}

/** A caller's value as L2 has it. @throws {FrameError} */
export function encodeOwn(key: string, { value, ttl, policy }: OwnValue): Buffer {
  const { tags, family } = policy
  const extras = extrasOf({ value, policy }, ttl)
  return encodeValue(family.settings, key, value, { grace: graceOf(policy), cost: 0, tags, extras })
}

/** Nothing that is held here answers for `key` any more; what overtakes the change is noticed. */
export function beginOwn(shard: Shard, key: string, at: number): Flight<unknown> {
  shard.drop(key)
  const flight = new Flight<unknown>(key, at)
  shard.sets.start(flight)
  return flight
}

/**
 * Stores a caller's value in both tiers if what it was made from is so still, as `basis` proves.
 *
 * @throws {TierError} when there is no answer; whether it was stored is then unknown
 */
export async function swapOwn(
  context: Context,
  shard: Shard,
  key: string,
  basis: Basis,
  own: OwnValue,
  frame: Buffer,
): Promise<Swapped> {
  const { ttl, policy } = own
  const { tags } = policy
  const request = { key, basis, ttl, grace: graceOf(policy), tags, frame }
  const flight = beginOwn(shard, key, context.clock.now())
  try {
    const { reply, committed } = await shard.originator.attempt(
      [key],
      (l2, payload) => l2.swap(request, payload),
      { isTold: ({ isDone }) => isDone, isHealed: true },
    )
    if (reply.isDone) keepOwn(context, shard, flight, { ...own, frame }, committed)
    return reply
  } finally {
    shard.sets.end(flight)
  }
}

/** `undefined` is no value: it says that there is none. @throws {ConfigError} */
export function checkValue(key: string, value: unknown): void {
  if (value !== undefined) return
  throw new ConfigError(`"${key}" can't be set to undefined; delete it, or set null`, { key })
}

/** Puts a caller's value into L1 with the number that its change was given. */
export function keepOwn(
  context: Context,
  shard: Shard,
  flight: Flight<unknown>,
  { value, ttl, policy, frame }: OwnValue,
  { seq, isShared }: Committed,
): void {
  const { tags, family } = policy
  const { settings } = family
  const { l1Ttl } = settings
  const { key, at } = flight
  const isInL2 = isShared && shard.shared !== undefined
  const lasts = isInL2 ? ttl : Math.min(ttl, l1Ttl, shard.view.bound)
  if (seq === undefined || lasts <= 0) return
  // What was not brought to L2 can't be prolonged there.
  const extras = isShared ? extrasOf({ value, policy }, lasts) : undefined
  const candidate = {
    key,
    value,
    stamp: seq,
    at,
    freshUntil: at + lasts,
    hitUntil: at + Math.min(lasts, l1Ttl, extras?.sliding?.window ?? Infinity),
    extras: extras && { ...extras, tags, check: frame === undefined ? 0 : checkOf(frame) },
    tags,
    size: frame?.length ?? measure(settings, key, value),
  }
  if (install(shard, shard.sets, flight, candidate) === undefined) context.counters.overtaken++
}
