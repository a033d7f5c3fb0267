import { setTimeout as sleep } from 'node:timers/promises'
import { median } from 'bench/numbers'
import type { Instance } from '../peer.ts'
import { each } from '../scenario.ts'

const INSTANCES = 4
const CALLERS = 100
const LOAD_MS = 100

export const stampede = each(
  'stampede',
  `${CALLERS} callers miss at once on ${INSTANCES} instances: how often does the loader run?`,
  async (peer, lab) => {
    await using bench = await lab.bench(peer)
    const instances: Instance[] = []
    for (let i = 0; i < INSTANCES; i++) instances.push(await bench.open())
    const rounds: number[] = []
    for (let round = 0; round < lab.rounds; round++) {
      let loads = 0
      const load = async (): Promise<string> => {
        loads++
        await sleep(LOAD_MS)
        return 'loaded'
      }
      const callers = Array.from({ length: CALLERS / INSTANCES }, () =>
        instances.map((instance) => instance.getOrSet(`stampede-${round}`, load)),
      )
      await Promise.all(callers.flat())
      rounds.push(loads)
    }
    return [
      {
        what: `Loads for ${CALLERS} misses at once on ${INSTANCES} instances`,
        peer: peer.name,
        said: `${median(rounds)} / ${Math.max(...rounds)}`,
        rounds,
        holds: Math.max(...rounds) === 1,
      },
    ]
  },
)
