import { fileURLToPath } from 'node:url'
import type { Bench } from '../harness/bench.ts'
import { runNode } from '../harness/child.ts'
import { bytes } from '../harness/format.ts'
import { median } from '../harness/numbers.ts'

const PROCESS = fileURLToPath(new URL('memory-process.ts', import.meta.url))

/** What an entry of L1 takes, with its key and its value, against lru-cache. */
export const memory: Bench = {
  name: 'memory',
  about: 'memory for an entry of L1, against lru-cache with the same values',
  async run({ isQuick }) {
    const taken = { cache: [] as number[], lru: [] as number[] }
    for (let round = 0; round < (isQuick ? 1 : 3); round++) {
      for (const what of ['cache', 'lru'] as const) {
        taken[what].push(Number(await runNode('--expose-gc', PROCESS, what)))
      }
    }
    const ours = median(taken.cache)
    const raw = median(taken.lru)
    return [
      {
        what: 'memory for an entry of L1',
        ours: bytes(ours),
        raw: bytes(raw),
        measured: ours / raw,
        unit: 'x',
        target: { bound: 'most', value: 1.25 },
      },
    ]
  },
}
