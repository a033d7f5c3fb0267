import { ALL, type InstrumentName } from './instruments.ts'
import type { Labels, Observed } from './observe.ts'
import { queuesOf } from './queues.ts'
import { type RedisFindings, gaugesOf } from './redis-monitor/index.ts'

/** What a counter or gauge stands at. */
export interface Sample {
  readonly name: InstrumentName
  readonly labels: Labels
  readonly value: number
}

const OUTCOMES = {
  hitL1: 'hit-l1',
  hitL2: 'hit-l2',
  stale: 'stale',
  grace: 'grace',
  loaded: 'loaded',
  absent: 'absent',
  failed: 'failed',
} as const

/** What is read off a cache rather than heard of it: exact since the cache was made. */
export function sampleStats({ cache, common, families }: Observed): Sample[] {
  const stats = cache.stats()
  const samples: Sample[] = []
  for (const [name, { stat }] of ALL) {
    const value = stat?.(stats)
    if (value !== undefined && Number.isFinite(value)) samples.push({ name, labels: common, value })
  }
  for (const [reason, value] of Object.entries(stats.l1.removed)) {
    samples.push({ name: 'l1.removed', labels: { ...common, reason }, value })
  }
  const reads = new Map<string, number>()
  for (const family of stats.families) {
    const label = families.of(family.name)
    for (const outcome of Object.keys(OUTCOMES) as (keyof typeof OUTCOMES)[]) {
      const key = `${outcome} ${label}`
      reads.set(key, (reads.get(key) ?? 0) + family[outcome])
    }
  }
  for (const [key, value] of reads) {
    const space = key.indexOf(' ')
    const outcome = OUTCOMES[key.slice(0, space) as keyof typeof OUTCOMES]
    const labels = { ...common, family: key.slice(space + 1), outcome }
    samples.push({ name: 'reads', labels, value })
  }
  return samples
}

/** The same with the queues of writers, and what a monitor found in Redis. */
export async function sampleAll(observed: Observed): Promise<Sample[]> {
  const { common, options } = observed
  const { writers = [], redis } = options
  const samples = sampleStats(observed)
  for (const [writer, { depth, lag, deadLetters }] of await queuesOf(writers)) {
    const labels = { ...common, writer }
    samples.push(
      { name: 'queue.depth', labels, value: depth },
      { name: 'queue.lag', labels, value: lag / 1_000 },
      { name: 'queue.dead.letters', labels, value: deadLetters },
    )
  }
  if (redis?.findings !== undefined) samples.push(...sampleRedis(observed, redis.findings))
  return samples
}

function sampleRedis({ common, families }: Observed, findings: RedisFindings): Sample[] {
  return gaugesOf(findings, families).map(({ name, labels, value }) => {
    return { name, labels: { ...common, ...labels }, value }
  })
}
