import type { Replay } from '../../../src/tiers.ts'
import type { ShardTwin } from '../shard-twin.ts'

export function replay(
  shard: ShardTwin,
  line: string,
  inc: string,
  from: number,
  max: number,
): Replay {
  const { meta, log } = shard
  if (meta === undefined) return { meta, messages: [] }
  const isSame = meta.line === line && meta.inc === inc && meta.server === shard.redis.server
  if (!isSame) return { meta, messages: [] }
  const messages = log?.items.filter(({ seq }) => seq > from).slice(0, max)
  return { meta, messages: messages ?? [] }
}
