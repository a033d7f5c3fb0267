import type { FillRequest, Filled } from '../../../src/tiers.ts'
import type { ShardTwin } from '../shard-twin.ts'
import { isMutated } from './intents.ts'
import { RECORD_MARGIN, keepRecord, stamped } from './value.ts'

export function fill(shard: ShardTwin, request: FillRequest): Filled {
  const { redis, keyspace, keys } = shard
  const { key, fence, line, start, tags, frame } = request
  const { meta } = shard
  if (meta === undefined) return { meta, isStored: false }
  const refused = { meta, isStored: false }
  if (meta.line !== line) return refused
  if (shard.fence(key) !== fence) return refused
  if (meta.clr > start || meta.seq < start) return refused
  for (const tag of tags) if ((shard.record(tag) ?? meta.tseq) > start) return refused
  if (isMutated(shard, key, tags)) return refused
  const ttl = Math.ceil(request.ttl)
  const keep = ttl + Math.ceil(request.grace)
  keyspace.set(keys.entry(key), stamped(redis.millis + ttl, start, line, frame), keep)
  keyspace.delete(keys.fence(key), keys.lease(key))
  for (const tag of tags) keepRecord(shard, tag, meta.tseq, keep + RECORD_MARGIN)
  return { meta, isStored: true }
}
