import type { Right } from './acquire-batch.ts'
import type { Context } from '../context.ts'
import { TierError } from '../errors.ts'
import { type Extras, checkOf } from '../frame.ts'
import { nextLook } from '../read/ahead.ts'
import { install } from '../install.ts'
import { slidingOf } from '../read/sliding.ts'
import type { LoadFlight } from './load.ts'
import { encodeValue, measure } from '../payload.ts'
import { graceOf, jittered } from '../policy.ts'
import { giveBack } from './right.ts'
import { type LoadedValue, NO_VALIDATORS } from './run.ts'
import type { Shard } from '../shard.ts'
import { DELETE, type Lease } from '../tiers.ts'

/**
 * Puts a loaded value into the tiers. L1 first: the number that came with the right to load is a legal
 * stamp, since the loader ran after it. Then L2, which refuses it if its fence was taken away.
 */
export async function fill(
  context: Context,
  shard: Shard,
  flight: LoadFlight,
  loaded: LoadedValue,
  right: Right,
): Promise<void> {
  const { counters } = context
  const { view, shared } = shard
  const { key, value, policy, cost } = loaded
  const { family } = policy
  const { settings } = family
  const { lease, meta, at, isMutating } = right
  if (lease.fence === '') return refuse() // its source is being changed just now
  const ttl = jittered(context, value === undefined ? policy.negativeTtl : policy.ttl)
  const grace = value === undefined ? 0 : graceOf(policy)
  if (shared === undefined || ttl <= 0) {
    if (shard.loads.holds(flight)) dropOlder(shard, key, lease)
    shard.loads.end(flight) // not kept: not for who asks next either
    context.report.load(family, key, 'unkept', cost)
    return giveBack(shard, key, lease)
  }
  const { tags, earlyRefresh } = policy
  const extras = extrasOf(loaded, ttl)
  const frame = encoded()
  const ends = at + ttl
  const candidate = {
    key,
    value,
    at,
    freshUntil: ends,
    hitUntil: Math.min(
      nextLook(context, { ends, ttl, cost, earlyRefresh, extras }),
      at + settings.l1Ttl,
    ),
    extras: extras && { ...extras, tags, check: frame === undefined ? 0 : checkOf(frame) },
    tags,
    size: frame?.length ?? measure(settings, key, value),
  }
  // What is being mutated by a tag of it can't be told before L2 has seen the tags.
  const entry =
    view.matches(meta) && !isMutating
      ? install(shard, shard.loads, flight, { ...candidate, stamp: view.local(meta.seq) })
      : undefined
  if (frame === undefined) return giveBack(shard, key, lease)
  if (!view.matches(meta)) {
    // The numbering was left: an invalidation of this value may wait here for Redis to be back.
    refuse()
    return giveBack(shard, key, lease)
  }
  try {
    const { line } = meta
    const request = { key, fence: lease.fence, line, start: meta.seq, ttl, grace, tags, frame }
    const filled = await shared.fills.run(
      () => shared.l2.fill(request),
      () => {
        counters.fillsDropped++
        return FILLS_FULL
      },
    )
    shared.watch.noticed(filled.meta)
    context.report.load(family, key, filled.isStored ? 'filled' : 'refused', cost)
    if (!filled.isStored) {
      counters.fillsRefused++
      if (entry !== undefined && shard.l1.peek(key) === entry) shard.l1.delete(key)
      await giveBack(shard, key, lease)
    } else if (entry === undefined && filled.meta !== undefined && view.matches(filled.meta)) {
      install(shard, shard.loads, flight, { ...candidate, stamp: view.local(filled.meta.seq) })
    }
  } catch {
    context.report.load(family, key, 'isolated', cost) // counted and reported where it happened
    await giveBack(shard, key, lease)
  }

  function refuse(): void {
    context.report.load(family, key, 'refused', cost)
    counters.fillsRefused++
  }

  function encoded(): Buffer | undefined {
    try {
      return encodeValue(settings, key, value, { grace, cost, tags, extras })
    } catch (error) {
      counters.unstored++
      context.report.load(family, key, 'unstored', cost, error)
      context.report.tier({ shard: shard.index, state: 'error', error })
      return undefined
    }
  }
}

/** What is kept beside a value, if anything is. The source says nothing of a caller's. */
export function extrasOf(
  {
    value,
    policy,
    validators = NO_VALIDATORS,
  }: Pick<LoadedValue, 'value' | 'policy'> & Partial<Pick<LoadedValue, 'validators'>>,
  ttl: number,
): Extras | undefined {
  const { etag, lastModified } = validators
  const isSliding = policy.sliding > 0 && value !== undefined
  if (etag === '' && lastModified === undefined && !isSliding) return undefined
  return { etag, lastModified, sliding: isSliding ? slidingOf(ttl, policy.sliding) : undefined }
}

const FILLS_FULL = new TierError('fill', 'too many fills are under way')

/** A load whose answer is not kept leaves no older one behind: neither here nor, if there is one, in L2. */
function dropOlder(shard: Shard, key: string, lease: Lease): void {
  shard.l1.delete(key)
  if (lease.expiresAt === 0) return
  void shard.originator.commit({ keys: new Map([[key, DELETE]]), tags: new Set(), clear: false })
}
