import type { Invalidation } from '../bus.ts'
import { invalidationChannel } from '../channels.ts'
import type { Shard } from '../shard.ts'

/**
 * Carries out an invalidation in this process: what is older than `seq` is dropped, and what is under
 * way can't be installed with an older stamp. Publishes nothing and never touches L2.
 */
export function apply(
  shard: Shard,
  invalidation: Invalidation,
  seq: number,
  origin: 'here' | 'peer',
): void {
  const { view, l1, namespace } = shard
  const { keys, tags, clear } = invalidation
  for (const key of keys) {
    const entry = l1.peek(key)
    if (entry !== undefined && entry.stamp < seq) l1.delete(key)
    for (const flights of shard.flights) flights.overtake(key, seq)
  }
  for (const tag of tags) view.cells.raise(tag, seq)
  if (clear && view.minStamp < seq) view.minStamp = seq
  // The tags of what is under way are not known yet: it may finish, but nobody may join it.
  if (clear || tags.length > 0) {
    for (const flights of shard.flights) flights.closeAll(tags, clear)
  }
  if (invalidationChannel.hasSubscribers) {
    invalidationChannel.publish({ namespace, origin, keys, tags, clear })
  }
}

/** Applies everything up to `seq` at once, when what it was can't be told any more. */
export function applyUnknown(shard: Shard, seq: number): void {
  if (shard.view.minStamp < seq) shard.view.minStamp = seq
  for (const flights of shard.flights) flights.overtakeAll(seq)
}

/** Gives up the numbering: nothing held is trusted, nothing under way is installed under it. */
export function distrust(shard: Shard): void {
  shard.view.distrust()
  for (const flights of shard.flights) flights.overtakeAll(shard.view.applied)
}
