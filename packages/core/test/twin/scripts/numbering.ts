import type { ShardTwin, TwinMeta } from '../shard-twin.ts'

/** A new line: its numbers begin at the server's clock in microseconds, with an empty log. */
export function mint({ redis, keyspace, keys }: ShardTwin, nonce: string): TwinMeta {
  const { server } = redis
  const seq = Math.floor(redis.time * 1_000)
  keyspace.delete(keys.log)
  return { line: nonce, inc: nonce, server, seq, tseq: seq, clr: seq }
}
