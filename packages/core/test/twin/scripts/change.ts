import { MESSAGE_VERSION } from '../../../src/bus.ts'
import type { Change, KeyChange, Meta } from '../../../src/tiers.ts'
import type { LogItem, ShardTwin, TwinMeta } from '../shard-twin.ts'
import { noteIntent } from './intents.ts'
import { mint } from './numbering.ts'
import { RECORD_MARGIN, keepRecord, stamped } from './value.ts'

export function change(shard: ShardTwin, asked: Change, payload: string): Meta {
  const { redis, keyspace, keys: names, plan } = shard
  const { keys, tags, clear } = asked
  const before = shard.meta ?? mint(shard, redis.nonce())
  const seq = before.seq + 1
  const meta: TwinMeta = {
    ...before,
    seq,
    tseq: tags.size > 0 ? seq : before.tseq,
    clr: clear ? seq : before.clr,
  }
  keyspace.set(names.meta, meta)
  log(shard, { seq, payload })
  for (const [key, action] of keys) changeKey(shard, key, action, meta)
  for (const tag of tags) keyspace.setKeepingTtl(names.tag(tag), seq)
  for (const [tag, keep] of keptBy(keys.values())) keepRecord(shard, tag, meta.tseq, keep)
  if (asked.intent !== undefined) noteIntent(shard, asked, asked.intent)
  plan.onChange(asked)
  plan.publish(`${MESSAGE_VERSION} ${meta.line} ${meta.inc} ${seq} ${payload}`)
  return meta
}

/** A log that is ahead of the numbering is of another history: it is dropped. */
export function log({ keyspace, keys, plan, log: known }: ShardTwin, item: LogItem): void {
  if (known !== undefined && known.last >= item.seq) keyspace.delete(keys.log)
  else if (known === undefined) keyspace.set(keys.log, { last: item.seq, items: [item] })
  else {
    const items = [...known.items, item].slice(-plan.logLength)
    keyspace.setKeepingTtl(keys.log, { last: item.seq, items })
  }
}

function changeKey(shard: ShardTwin, key: string, action: KeyChange, meta: TwinMeta): void {
  const { redis, keyspace, keys } = shard
  const name = keys.entry(key)
  if (action.kind === 'set') {
    const ttl = Math.ceil(action.ttl)
    const entry = stamped(redis.millis + ttl, meta.seq, meta.line, action.frame)
    keyspace.set(name, entry, ttl + Math.ceil(action.grace))
  } else if (action.kind === 'keep') {
    return keyspace.set(name, stamped(0, meta.seq, meta.line, action.frame))
  } else if (action.kind === 'expire') {
    const entry = shard.entry(key)
    if (entry !== undefined && entry.length >= 8 && entry.readDoubleBE(0) > 0) {
      const expired = Buffer.from(entry)
      expired.writeDoubleBE(-Math.min(entry.readDoubleBE(0), redis.millis), 0)
      keyspace.setKeepingTtl(name, expired)
    }
  } else keyspace.delete(name)
  keyspace.delete(keys.fence(key), keys.lease(key))
}

/** How long the records of the values that are set have to live. */
function keptBy(changes: Iterable<KeyChange>): Map<string, number> {
  const kept = new Map<string, number>()
  for (const action of changes) {
    if (action.kind !== 'set') continue
    const keep = Math.ceil(action.ttl) + Math.ceil(action.grace) + RECORD_MARGIN
    for (const tag of action.tags) kept.set(tag, Math.max(kept.get(tag) ?? 0, keep))
  }
  return kept
}
