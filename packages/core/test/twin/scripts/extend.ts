import type { ExtendRequest } from '../../../src/tiers.ts'
import type { ShardTwin } from '../shard-twin.ts'
import { RECORD_MARGIN } from './value.ts'

export function extend(shard: ShardTwin, request: ExtendRequest): number {
  const { redis, keyspace, keys, meta } = shard
  const name = keys.entry(request.key)
  const entry = shard.entry(request.key)
  if (meta === undefined || entry === undefined || entry.length < 44) return 0
  const [ends, start] = [entry.readDoubleBE(0), entry.readDoubleBE(8)]
  if (entry.readUInt32BE(33) !== request.check) return 0
  if (entry.toString('latin1', 16, 32) !== meta.line) return 0
  if (ends <= redis.millis || meta.clr > start) return 0
  for (const tag of request.tags) if ((shard.record(tag) ?? meta.tseq) > start) return 0
  const ttl = Math.ceil(request.ttl)
  const to = redis.millis + ttl
  if (to - ends < Math.floor(request.window) / 2) return ends
  const keep = ttl + entry.readUInt32BE(40)
  const longer = Buffer.from(entry)
  longer.writeDoubleBE(to, 0)
  keyspace.setKeepingTtl(name, longer)
  keyspace.prolong(name, keep)
  for (const tag of request.tags) keyspace.prolong(keys.tag(tag), keep + RECORD_MARGIN)
  return to
}
