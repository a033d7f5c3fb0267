import type { L2Read } from '../../../src/tiers.ts'
import type { ShardTwin } from '../shard-twin.ts'

/** No script but one `MGET`, as atomic as they are. */
export function read(shard: ShardTwin, keys: readonly string[], tags: readonly string[]): L2Read {
  const { meta } = shard
  return {
    meta,
    frames: keys.map((key) => shard.entry(key) ?? null),
    records: tags.map((tag) => shard.record(tag)),
  }
}
