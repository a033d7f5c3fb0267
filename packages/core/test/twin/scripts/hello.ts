import type { Meta } from '../../../src/tiers.ts'
import type { ShardTwin } from '../shard-twin.ts'
import { mint } from './numbering.ts'

export function hello(shard: ShardTwin): { meta: Meta; time: number } {
  const { redis, keyspace, keys } = shard
  const { server, millis } = redis
  let { meta } = shard
  if (meta === undefined) {
    meta = mint(shard, redis.nonce())
    keyspace.set(keys.meta, meta)
  } else if (meta.server !== server) {
    meta = { ...meta, inc: redis.nonce(), server }
    keyspace.set(keys.meta, meta)
  }
  return { meta, time: millis }
}
