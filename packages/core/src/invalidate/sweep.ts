import { ClosedError, TierError } from '../errors.ts'
import { matcherOf } from './glob.ts'
import { isReserved } from './implied-tags.ts'
import type { Shard, Shared } from '../shard.ts'
import { type Change, DELETE } from '../tiers.ts'

/** What a sweep has done so far. */
export interface SweepProgress {
  /** Looks at a part of the keys; each is one command of bounded work. */
  readonly looks: number
  /** Entries and loads under way that were dropped in Redis; some may have been counted twice. */
  readonly dropped: number
}

export interface SweepOptions {
  /** Told after each look. What it throws ends the sweep. */
  readonly onProgress?: (progress: SweepProgress) => void
  /** Ends the sweep after the look that is under way; what was dropped stays so. */
  readonly signal?: AbortSignal
}

/** Keys of Redis that one look goes through, about. */
const LOOK = 500
/** How often a shard is begun anew, since its server was replaced meanwhile. */
const MOST_ATTEMPTS = 3

/**
 * Drops every key that matches, in L2 by looking through its keys in small steps. In this order:
 *
 * 1. The pattern is told to every instance under a number: L1 drops what matches, also what L2 no
 *    longer has, and loads and reads of matching keys that are under way install nothing older.
 * 2. Fences are looked through. A load that took its fence before the sweep has it still, and loses
 *    it: its fill is refused. Or it has filled by now, before step 3 begins.
 * 3. Entries are looked through. `SCAN` finds all that were there when it began and still are.
 *
 * So nothing that was stored, or began to be loaded, before the sweep is left when it ends. Each found
 * key is dropped by the same script as by `delete`.
 */
export async function sweep(
  shards: readonly Shard[],
  pattern: string,
  isClosed: () => boolean,
  { onProgress, signal }: SweepOptions,
): Promise<SweepProgress> {
  let progress: SweepProgress = { looks: 0, dropped: 0 }
  const onLook = (dropped: number): void => {
    progress = { looks: progress.looks + 1, dropped: progress.dropped + dropped }
    onProgress?.(progress)
    signal?.throwIfAborted()
    if (isClosed()) throw new ClosedError()
  }
  signal?.throwIfAborted()
  for (const shard of shards) {
    await shard.originator.announce(pattern)
    if (shard.shared !== undefined) await sweepShard(shard, shard.shared, pattern, onLook)
  }
  return progress
}

async function sweepShard(
  shard: Shard,
  shared: Shared,
  pattern: string,
  onLook: (dropped: number) => void,
): Promise<void> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const { inc } = shard.view
    if (
      (await sweepKind(shard, shared, 'fence', pattern, inc, onLook)) &&
      (await sweepKind(shard, shared, 'entry', pattern, inc, onLook))
    ) {
      return
    }
    await shared.watch.known() // what follows is of another server: its keys are elsewhere
  }
  throw new TierError('scan', 'the server was replaced again and again')
}

/** @returns whether one and the same server was looked through */
async function sweepKind(
  shard: Shard,
  shared: Shared,
  kind: 'entry' | 'fence',
  pattern: string,
  inc: string,
  onLook: (dropped: number) => void,
): Promise<boolean> {
  const matches = matcherOf(pattern)
  let cursor = '0'
  do {
    const found = await shared.l2.scan(kind, cursor, pattern, LOOK)
    shared.watch.noticed(found.meta)
    if (found.meta?.inc !== inc) return false
    const keys = [...new Set(found.keys.filter((key) => matches(key) && !isReserved(key)))]
    if (keys.length > 0) await drop(shard, keys)
    onLook(keys.length)
    cursor = found.cursor
  } while (cursor !== '0')
  return true
}

async function drop(shard: Shard, keys: readonly string[]): Promise<void> {
  for (const key of keys) shard.drop(key)
  const change: Change = {
    keys: new Map(keys.map((key) => [key, DELETE])),
    tags: new Set(),
    clear: false,
  }
  const { isShared, error } = await shard.originator.commit(change)
  if (!isShared) throw error as TierError
}
