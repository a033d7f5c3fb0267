import { STAMP_BYTES } from '../../../src/frame.ts'
import type { ShardTwin } from '../shard-twin.ts'

/** How much longer than its entries a tag's record lives. */
export const RECORD_MARGIN = 1_000

/** A frame with what the storing script puts before it. */
export function stamped(expiresAt: number, start: number, line: string, frame: Buffer): Buffer {
  const stored = Buffer.alloc(STAMP_BYTES + frame.length)
  stored.writeDoubleBE(expiresAt, 0)
  stored.writeDoubleBE(start, 8)
  stored.write(line, 16, 16, 'latin1')
  stored.set(frame, STAMP_BYTES)
  return stored
}

/** A new record says what its absence said; one that is there lives as long as its longest entry. */
export function keepRecord(shard: ShardTwin, tag: string, tseq: number, keep: number): void {
  const name = shard.keys.tag(tag)
  if (shard.record(tag) === undefined) shard.keyspace.set(name, tseq, keep)
  else shard.keyspace.prolong(name, keep)
}
