import type { Change, Intent } from '../../../src/tiers.ts'
import type { ShardTwin, TwinIntents } from '../shard-twin.ts'

/** The names that are being mutated. */
export function intended({ redis, keyspace, keys }: ShardTwin): ReadonlySet<string> {
  const intents = keyspace.get<TwinIntents>(keys.intents) ?? new Map<string, number>()
  const alive = [...intents].filter(([, until]) => until > redis.millis)
  return new Set(alive.map(([member]) => member.slice(16)))
}

/** Whether `key` is being mutated, itself or by a tag. */
export function isMutated(shard: ShardTwin, key: string, tags: readonly string[]): boolean {
  const intents = intended(shard)
  const { keys } = shard
  return [keys.entry(key), ...tags.map((tag) => keys.tag(tag))].some((name) => intents.has(name))
}

/** Notes that what `change` names is being mutated, or that it no longer is; forgets who gave up. */
export function noteIntent(shard: ShardTwin, change: Change, { token, ttl }: Intent): void {
  const { redis, keyspace, keys } = shard
  const before = keyspace.get<TwinIntents>(keys.intents) ?? new Map<string, number>()
  const intents = new Map([...before].filter(([, until]) => until > redis.millis))
  const names = [...change.keys.keys()].map((key) => keys.entry(key))
  for (const tag of change.tags) names.push(keys.tag(tag))
  for (const name of names) {
    if (ttl > 0) intents.set(token + name, redis.millis + Math.ceil(ttl))
    else intents.delete(token + name)
  }
  if (intents.size > 0) keyspace.set(keys.intents, intents)
  else keyspace.delete(keys.intents)
}
