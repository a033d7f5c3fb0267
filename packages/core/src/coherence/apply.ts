import type { Invalidation } from '../bus.ts'
import { invalidationChannel } from '../channels.ts'
import { isSentBy, sinceSent } from './sent.ts'
import { matcherOf } from '../invalidate/glob.ts'
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
  const { view, l1, namespace, cache } = shard
  const { keys, tags, clear, patterns, sent } = invalidation
  for (const key of keys) {
    const entry = l1.peek(key)
    if (entry !== undefined && entry.stamp < seq) l1.delete(key)
    for (const flights of shard.flights) flights.overtake(key, seq)
  }
  for (const tag of tags) view.cells.raise(tag, seq)
  for (const pattern of patterns ?? []) applyPattern(shard, matcherOf(pattern), seq)
  if (clear && view.minStamp < seq) view.minStamp = seq
  // The tags of what is under way are not known yet: it may finish, but nobody may join it.
  if (clear || tags.length > 0) {
    for (const flights of shard.flights) flights.closeAll(tags, clear)
  }
  if (!invalidationChannel.hasSubscribers) return
  // An own message may be here before its script's reply: it is reported with that, and once.
  if (origin === 'peer' && sent !== undefined && isSentBy(cache, sent)) return
  const lag = sent === undefined ? undefined : sinceSent(sent)
  invalidationChannel.publish({ namespace, cache, origin, keys, tags, clear, patterns, lag })
}

/** Most entries of L1 that are compared with a pattern: with more, all are read again when they are asked for. */
const MOST_COMPARED = 50_000

function applyPattern(shard: Shard, matches: (key: string) => boolean, seq: number): void {
  const { view, l1 } = shard
  for (const flights of shard.flights) flights.overtakeMatching(matches, seq)
  if (l1.entries > MOST_COMPARED) {
    if (view.minStamp < seq) view.minStamp = seq
    return
  }
  for (const key of l1.keys()) {
    const entry = matches(key) ? l1.peek(key) : undefined
    if (entry !== undefined && entry.view === view && entry.stamp < seq) l1.delete(key)
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
