import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from '@tiercel/dev-redis'
import type { Bench, Lab } from '../lab.ts'
import type { Instance, Peer } from '../peer.ts'
import { each, type Finding } from '../scenario.ts'
import { type Source, staleFor, stalenessFinding } from '../staleness.ts'

/** A `delete` that waits for Redis is not waited for longer. */
const DELETE_MS = 1_000
const BETWEEN_MS = 2_000

type Lose = (bench: Bench, writer: Instance, key: string) => Promise<void>

export const redisLost = each(
  'redis-lost',
  'Redis is emptied, or goes and comes back empty while a key is deleted. How long is the old value served?',
  async (peer, lab) => [
    ...(await findings(peer, lab, 'FLUSHALL after the source changed', flush)),
    ...(await findings(peer, lab, 'Deleted while Redis is down, which restarts empty', restart)),
  ],
)

const flush: Lose = async ({ redis }) => {
  await ask(redis, ['FLUSHALL'])
}

const restart: Lose = async ({ redis }, writer, key) => {
  await redis.kill()
  await sleep(100)
  await Promise.race([writer.delete(key).catch(() => {}), sleep(DELETE_MS)])
  await redis.restart({ empty: true })
}

async function findings(
  peer: Peer,
  lab: Lab,
  what: string,
  lose: Lose,
): Promise<readonly Finding[]> {
  await using bench = await lab.bench(peer)
  const writer = await bench.open()
  const reader = await bench.open()
  const watches: Promise<number>[] = []
  for (let i = 0; i < lab.rounds; i++) {
    const key = `redis-lost-${i}`
    const source: Source = { value: 'old' }
    await writer.getOrSet(key, () => source.value)
    await reader.getOrSet(key, () => source.value)
    source.value = 'new'
    await lose(bench, writer, key)
    watches.push(staleFor([writer, reader], key, source, lab.ttlMs + 2_000))
    await sleep(BETWEEN_MS)
  }
  return [stalenessFinding(what, peer.name, await Promise.all(watches), lab.ttlMs)]
}
