import type { ShardTwin } from '../shard-twin.ts'

export function release(shard: ShardTwin, key: string, token: string): void {
  if (shard.lease(key) === token) shard.keyspace.delete(shard.keys.lease(key))
}
