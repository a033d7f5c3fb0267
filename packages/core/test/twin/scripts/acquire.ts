import type { Acquired, Lease } from '../../../src/tiers.ts'
import type { ShardTwin } from '../shard-twin.ts'
import { intended } from './intents.ts'
import { mint } from './numbering.ts'

export function acquire(
  shard: ShardTwin,
  keys: readonly string[],
  fenceTtl: number,
  leaseTtl: number,
): Acquired {
  const { redis, keyspace, keys: names } = shard
  const token = redis.nonce()
  let { meta } = shard
  if (meta === undefined) {
    meta = mint(shard, token)
    keyspace.set(names.meta, meta)
  }
  const intents = intended(shard)
  const leases = keys.map((key): Lease => {
    const expiresAt = endOf(shard.entry(key))
    if (intents.has(names.entry(key))) return { fence: '', token, isLeader: true, expiresAt }
    const known = shard.fence(key)
    if (known === undefined) keyspace.set(names.fence(key), token, Math.ceil(fenceTtl))
    else keyspace.prolong(names.fence(key), Math.ceil(fenceTtl))
    const isLeader = shard.lease(key) === undefined
    if (isLeader) keyspace.set(names.lease(key), token, Math.ceil(leaseTtl))
    return { fence: known ?? token, token, isLeader, expiresAt }
  })
  return { meta, leases, isMutating: intents.size > 0 }
}

/** End of freshness of what is stored, or 0. */
function endOf(entry: Buffer | undefined): number {
  return entry === undefined || entry.length < 8 ? 0 : entry.readDoubleBE(0)
}
