import { setTimeout as sleep } from 'node:timers/promises'
import type { Proxy } from '@tiercel/dev-redis'
import type { Lab } from '../lab.ts'
import type { Peer } from '../peer.ts'
import { each, type Finding } from '../scenario.ts'
import { type Source, staleFor, stalenessFinding } from '../staleness.ts'

/** How long the subscription can't come back, and what it then gets to do so. */
const AWAY_MS = 300
const BACK_MS = 1_500

type Lose = (proxy: Proxy) => Promise<() => Promise<void>>

export const lostMessage = each(
  'lost-message',
  'another instance deletes, and the message of it does not arrive',
  async (peer, lab) => [
    ...(await findings(peer, lab, 'subscription cut and back', cut)),
    ...(await findings(peer, lab, 'connection intact', swallow)),
  ],
)

const cut: Lose = async (proxy) => {
  await proxy.refuse()
  proxy.subscribers().cut()
  return async () => {
    await sleep(AWAY_MS)
    await proxy.refuse(false)
  }
}

const swallow: Lose = async (proxy) => {
  const end = proxy.dropMessages(1)
  return async () => {
    await sleep(AWAY_MS)
    end()
  }
}

async function findings(
  peer: Peer,
  lab: Lab,
  how: string,
  lose: Lose,
): Promise<readonly Finding[]> {
  await using bench = await lab.bench(peer)
  const writer = await bench.open()
  const { instance: reader, proxy } = await bench.openBehindProxy()
  const watches: Promise<number>[] = []
  for (let i = 0; i < lab.rounds; i++) {
    const key = `lost-${i}`
    const source: Source = { value: 'old' }
    await writer.getOrSet(key, () => source.value)
    await reader.getOrSet(key, () => source.value)
    const end = await lose(proxy)
    source.value = 'new'
    await writer.delete(key)
    watches.push(staleFor([reader], key, source, lab.ttlMs + 2_000))
    await end()
    await sleep(BACK_MS)
  }
  const rounds = await Promise.all(watches)
  return [stalenessFinding(`Message lost, ${how}`, peer.name, rounds, lab.ttlMs)]
}
