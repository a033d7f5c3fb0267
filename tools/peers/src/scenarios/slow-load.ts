import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Lab } from '../lab.ts'
import type { Instance, Peer } from '../peer.ts'
import { each, type Finding } from '../scenario.ts'
import { type Source, staleFor, stalenessFinding } from '../staleness.ts'

/** How long a loader that has read the old value still takes after the invalidation. */
const LATE_MS = 200
/** A `delete` that waits for the load to end is not waited for. */
const DELETE_MS = 2_000

export const slowLoad = each(
  'slow-load',
  'a loader reads the old value; the key is deleted; the loader returns. How long is the old value served?',
  async (peer, lab) => {
    const ours = await findings(peer, lab, 'deleted on the same instance', (loading) => loading)
    const others = await findings(peer, lab, 'deleted on another', (_, other) => other)
    return [...ours, ...others]
  },
)

async function findings(
  peer: Peer,
  lab: Lab,
  where: string,
  deleter: (loading: Instance, other: Instance) => Instance,
): Promise<readonly Finding[]> {
  await using bench = await lab.bench(peer)
  const [loading, other] = await pair(bench)
  const rounds = await Promise.all(
    Array.from({ length: lab.rounds }, (_, i) =>
      round(`${i}`, loading, deleter(loading, other), [loading, other], lab.ttlMs),
    ),
  )
  return [stalenessFinding(`Slow loader meets a delete, ${where}`, peer.name, rounds, lab.ttlMs)]
}

async function round(
  key: string,
  loading: Instance,
  deleter: Instance,
  readers: readonly Instance[],
  ttlMs: number,
): Promise<number> {
  const source: Source = { value: 'old' }
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const load = loading.getOrSet(key, async () => {
    const { value } = source
    begun.resolve()
    await end.promise
    return value
  })
  await begun.promise
  source.value = 'new'
  await Promise.race([deleter.delete(key), sleep(DELETE_MS)])
  await sleep(LATE_MS)
  end.resolve()
  await load
  return staleFor(readers, key, source, ttlMs + 2_000)
}

async function pair(bench: Bench): Promise<readonly [Instance, Instance]> {
  return [await bench.open(), await bench.open()]
}
