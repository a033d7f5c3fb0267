import { MESSAGE_VERSION } from '../../../src/bus.ts'
import { COUNTER_VERSION, STAMP_BYTES, decodeFrame } from '../../../src/frame.ts'
import type { CountRequest, Counted } from '../../../src/tiers.ts'
import type { ShardTwin, TwinMeta } from '../shard-twin.ts'
import { log } from './change.ts'
import { isMutated } from './intents.ts'
import { mint } from './numbering.ts'
import { RECORD_MARGIN, keepRecord, stamped } from './value.ts'

/** Where in a stored counter the milliseconds stand for which L1 may hold it. */
const WINDOW_AT = 12
const TAGS_AT = 16

export function count(shard: ShardTwin, request: CountRequest, payload: string): Counted {
  const { redis, keyspace, keys: names, plan } = shard
  const { key, by, initial, ttl, grace, tags, head } = request
  const known = shard.meta
  const before = known ?? mint(shard, redis.nonce())
  if (known === undefined) keyspace.set(names.meta, before)
  if (isMutated(shard, key, tags)) return { meta: before, outcome: 'other', sum: 0, isTold: false }
  const entry = liveEntry(shard, before, key)
  if (entry !== undefined && !isCounterLike(entry, head)) {
    return { meta: before, outcome: 'other', sum: 0, isTold: false }
  }
  const isDead = tags.some(
    (tag) => (shard.record(tag) ?? before.tseq) > (entry?.readDoubleBE(8) ?? Infinity),
  )
  const counter = entry === undefined || isDead ? undefined : entry
  const window = head.readUInt32BE(WINDOW_AT)
  const isTold = counter === undefined || window === 0 || window !== windowOf(counter)
  const sum = (counter === undefined ? initial : (decodeFrame(counter).count as number)) + by
  if (!(Math.abs(sum) <= Number.MAX_SAFE_INTEGER)) {
    return { meta: before, outcome: 'range', sum: 0, isTold: false }
  }
  const meta: TwinMeta = isTold ? { ...before, seq: before.seq + 1 } : before
  if (isTold) keyspace.set(names.meta, meta)
  if (isTold) log(shard, { seq: meta.seq, payload })
  const frame = Buffer.concat([head, Buffer.from(String(sum))])
  const life = Math.ceil(ttl)
  if (counter === undefined) {
    const made = stamped(redis.millis + life, meta.seq, meta.line, frame)
    keyspace.set(names.entry(key), made, life + Math.ceil(grace))
  } else {
    const made = stamped(counter.readDoubleBE(0), meta.seq, meta.line, frame)
    keyspace.setKeepingTtl(names.entry(key), made)
  }
  keyspace.delete(names.fence(key), names.lease(key))
  for (const tag of tags) {
    keepRecord(shard, tag, meta.tseq, life + Math.ceil(grace) + RECORD_MARGIN)
  }
  if (isTold) plan.publish(`${MESSAGE_VERSION} ${meta.line} ${meta.inc} ${meta.seq} ${payload}`)
  return { meta, outcome: 'counted', sum, isTold }
}

function liveEntry(shard: ShardTwin, meta: TwinMeta, key: string): Buffer | undefined {
  const entry = shard.entry(key)
  return entry !== undefined &&
    entry.length >= STAMP_BYTES + 18 &&
    entry.toString('latin1', 16, 32) === meta.line &&
    entry.readDoubleBE(0) > shard.redis.millis &&
    entry.readDoubleBE(8) >= meta.clr
    ? entry
    : undefined
}

function isCounterLike(entry: Buffer, head: Buffer): boolean {
  const end = STAMP_BYTES + head.length
  return (
    entry[STAMP_BYTES] === COUNTER_VERSION &&
    entry.subarray(STAMP_BYTES + TAGS_AT, end).equals(head.subarray(TAGS_AT))
  )
}

function windowOf(entry: Buffer): number {
  return entry.readUInt32BE(STAMP_BYTES + WINDOW_AT)
}
