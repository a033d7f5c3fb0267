import { MESSAGE_VERSION } from '../../../src/bus.ts'
import type { SwapRequest, Swapped } from '../../../src/tiers.ts'
import type { ShardTwin, TwinMeta } from '../shard-twin.ts'
import { log } from './change.ts'
import { isMutated } from './intents.ts'
import { RECORD_MARGIN, keepRecord, stamped } from './value.ts'

export function swap(shard: ShardTwin, request: SwapRequest, payload: string): Swapped {
  const { redis, keyspace, keys: names, plan, meta: before } = shard
  const { key, ttl, grace, tags, frame } = request
  if (before !== undefined && isMutated(shard, key, tags)) {
    return { meta: before, isDone: false, isMutated: true }
  }
  if (before === undefined || !isSame(shard, before, request)) {
    return { meta: before, isDone: false, isMutated: false }
  }
  const meta: TwinMeta = { ...before, seq: before.seq + 1 }
  keyspace.set(names.meta, meta)
  log(shard, { seq: meta.seq, payload })
  const life = Math.ceil(ttl)
  const entry = stamped(redis.millis + life, meta.seq, meta.line, frame)
  keyspace.set(names.entry(key), entry, life + Math.ceil(grace))
  keyspace.delete(names.fence(key), names.lease(key))
  for (const tag of tags) {
    keepRecord(shard, tag, meta.tseq, life + Math.ceil(grace) + RECORD_MARGIN)
  }
  plan.onChange({
    keys: new Map([[key, { kind: 'set', ttl, grace, tags, frame }]]),
    tags: new Set(),
    clear: false,
  })
  plan.publish(`${MESSAGE_VERSION} ${meta.line} ${meta.inc} ${meta.seq} ${payload}`)
  return { meta, isDone: true, isMutated: false }
}

function isSame(shard: ShardTwin, meta: TwinMeta, { key, tags, basis }: SwapRequest): boolean {
  if (basis.kind === 'fence') {
    const { fence, line, start } = basis
    if (shard.fence(key) !== fence || meta.line !== line) return false
    if (meta.clr > start || meta.seq < start) return false
    return tags.every((tag) => (shard.record(tag) ?? meta.tseq) <= start)
  }
  const { stored, hasTags, meta: seen } = basis
  const entry = shard.entry(key)
  return (
    meta.line === seen.line &&
    meta.clr === seen.clr &&
    (!hasTags || meta.tseq === seen.tseq) &&
    (entry === undefined ? stored === null : stored !== null && entry.equals(stored))
  )
}
