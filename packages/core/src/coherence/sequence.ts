import { decodeInvalidation, type Message } from '../bus.ts'
import type { Shard } from '../shard.ts'
import type { L2, Replay } from '../tiers.ts'
import { apply, applyUnknown } from './apply.ts'

/** What a message did to this process. */
export type Receipt =
  /** Applied, and everything before it is applied too. */
  | 'applied'
  /** Known already. */
  | 'repeated'
  /** Applied, but messages before it are missing. */
  | 'gap'
  /** Of a numbering that was left behind: it says nothing any more. */
  | 'retired'
  /** Of a numbering that is not followed here: nothing held can be trusted. */
  | 'foreign'

/** The gap rule: one message against the number that is applied here. */
export function receive(shard: Shard, message: Message): Receipt {
  const { view } = shard
  if (!view.matches(message)) return view.isRetired(message.inc) ? 'retired' : 'foreign'
  const seq = view.local(message.seq)
  if (seq <= view.applied) return 'repeated'
  apply(shard, decodeInvalidation(message.payload), seq, 'peer')
  if (seq > view.applied + 1) {
    view.skipTo(seq)
    return 'gap'
  }
  view.advance(seq)
  return 'applied'
}

/** Longest log that is replayed one by one; beyond it everything held is read again when it is asked for. */
const REPLAYED = 500

/**
 * Fetches what was missed and applies it. What the log does not reach is applied as "anything may
 * have been invalidated".
 *
 * @returns whether the numbering is still the one that is followed here
 */
export async function catchUp(shard: Shard, l2: L2): Promise<boolean> {
  const { view } = shard
  const { line, inc } = view
  const replay = await l2.replay(line, inc, view.remoteApplied(), REPLAYED)
  if (!view.matches({ line, inc })) return true // left behind while waiting: nothing to catch up with
  if (replay.meta === undefined || !view.matches(replay.meta)) return false
  applyInOrder(shard, replay)
  const newest = view.local(replay.meta.seq)
  if (view.applied < newest) {
    applyUnknown(shard, newest)
    view.advance(newest)
  }
  return true
}

function applyInOrder(shard: Shard, { messages }: Replay): void {
  const { view } = shard
  for (const message of messages) {
    const seq = view.local(message.seq)
    if (seq > view.applied + 1) return
    if (seq <= view.applied) continue
    apply(shard, decodeInvalidation(message.payload), seq, 'peer')
    view.advance(seq)
  }
}
