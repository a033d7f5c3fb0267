import type { Bench } from '../harness/bench.ts'
import { runNode } from '../harness/child.ts'
import { duration } from '../harness/format.ts'
import { type Side, interleave } from '../harness/interleave.ts'
import { median } from '../harness/numbers.ts'

/** How long a process starts later because it imports core. */
export const importTime: Bench = {
  name: 'import',
  about: 'a process that imports core, against one that does not',
  async run({ isQuick }) {
    const { ours, raw } = await interleave(
      { ours: starts(`await import('@tiercel/core')`), raw: starts('') },
      { rounds: isQuick ? 7 : 21, roundMs: 1 },
    )
    return [
      {
        what: 'import of core',
        ours: duration(median(ours)),
        raw: duration(median(raw)),
        measured: (median(ours) - median(raw)) / 1e6,
        unit: 'ms',
        target: { bound: 'most', value: 80 },
      },
    ]
  },
}

function starts(script: string): Side {
  return async (calls) => {
    for (let i = 0; i < calls; i++) await runNode('--input-type=module', '-e', script)
  }
}
