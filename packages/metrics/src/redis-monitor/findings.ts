import type { FamilyLabels } from '../families.ts'
import type { InstrumentName } from '../instruments.ts'

/** What `INFO` says of one server. */
export interface ServerFindings {
  /** `host:port`. */
  readonly server: string
  readonly version: string
  readonly memoryUsed: number
  /** `maxmemory`; 0 where there is none. */
  readonly memoryLimit: number
  readonly evictionPolicy: string
  /** Since the server began, by whomever. */
  readonly hits: number
  readonly misses: number
  readonly evicted: number
}

/** Entries of one family in Redis, estimated from the keys that were looked at. */
export interface FamilyFindings {
  /** Its template; `(none)` for entries of no family. */
  readonly family: string
  readonly keys: number
  readonly bytes: number
}

export interface BigKey {
  readonly server: string
  readonly key: string
  readonly bytes: number
}

/**
 * `evicts-bookkeeping`: the policy is an `allkeys` one, which may evict numberings, intents, and writes
 * that wait for the source of truth. `no-limit`: there is no `maxmemory`. `refuses-when-full`: the
 * policy is `noeviction`, so fills fail once memory is full.
 */
export type Finding = 'evicts-bookkeeping' | 'no-limit' | 'refuses-when-full'

/** What a monitor knows of Redis. */
export interface RedisFindings {
  /** Wall-clock milliseconds. */
  readonly at: number
  readonly servers: readonly ServerFindings[]
  /** Of the cache's own entries, the largest first. */
  readonly families: readonly FamilyFindings[]
  /** Keys of this cache that are no entries, and keys that are not of it. */
  readonly bookkeeping: number
  readonly foreign: number
  readonly biggest: readonly BigKey[]
  /** Part of the keys that the estimates rest on, 0 to 1. */
  readonly looked: number
  readonly warnings: readonly { readonly server: string; readonly finding: Finding }[]
}

/** Share of the keys that Redis was asked for and had; 1 if it was asked for none. */
export function hitRatio(servers: readonly Pick<ServerFindings, 'hits' | 'misses'>[]): number {
  const hits = servers.reduce((sum, server) => sum + server.hits, 0)
  const all = servers.reduce((sum, server) => sum + server.hits + server.misses, 0)
  return all === 0 ? 1 : hits / all
}

export function warningsOf(server: ServerFindings): RedisFindings['warnings'] {
  const { evictionPolicy, memoryLimit } = server
  const found: Finding[] = []
  if (memoryLimit === 0) found.push('no-limit')
  else if (evictionPolicy.startsWith('allkeys')) found.push('evicts-bookkeeping')
  else if (evictionPolicy === 'noeviction') found.push('refuses-when-full')
  return found.map((finding) => ({ server: server.server, finding }))
}

interface Gauge {
  readonly name: InstrumentName
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The findings as instruments. */
export function gaugesOf(findings: RedisFindings, families: FamilyLabels): Gauge[] {
  const gauges: Gauge[] = []
  for (const { server, ...info } of findings.servers) {
    const labels = { server }
    gauges.push({ name: 'redis.memory.used', labels, value: info.memoryUsed })
    if (info.memoryLimit > 0) {
      gauges.push({ name: 'redis.memory.limit', labels, value: info.memoryLimit })
    }
    gauges.push({ name: 'redis.keyspace.hits', labels, value: info.hits })
    gauges.push({ name: 'redis.keyspace.misses', labels, value: info.misses })
    gauges.push({ name: 'redis.evicted', labels, value: info.evicted })
  }
  const sums = new Map<string, { keys: number; bytes: number }>()
  for (const { family, keys, bytes } of findings.families) {
    const label = family.startsWith('(') ? family : families.of(family)
    const sum = sums.get(label) ?? { keys: 0, bytes: 0 }
    sums.set(label, { keys: sum.keys + keys, bytes: sum.bytes + bytes })
  }
  for (const [family, { keys, bytes }] of sums) {
    gauges.push({ name: 'redis.keys', labels: { family }, value: keys })
    gauges.push({ name: 'redis.size', labels: { family }, value: bytes })
  }
  for (const finding of new Set(findings.warnings.map((warning) => warning.finding))) {
    gauges.push({ name: 'redis.findings', labels: { finding }, value: 1 })
  }
  return gauges
}
