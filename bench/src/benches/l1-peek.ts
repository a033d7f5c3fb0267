import { do_not_optimize as use } from 'mitata'
import type { Bench } from '../harness/bench.ts'
import { inMemory } from '../harness/in-memory.ts'
import { interleave } from '../harness/interleave.ts'
import { timeRow } from '../harness/rows.ts'
import { KEYS } from '../harness/user.ts'

/** The synchronous hit of the first tier, against lru-cache as it is. */
export const l1Peek: Bench = {
  name: 'l1-peek',
  about: 'a synchronous hit in L1, against lru-cache',
  async run(lab) {
    const { cache: filled, lru, timed } = await inMemory(lab)
    await using cache = filled
    const { ours, raw, rawTimed } = await interleave(
      {
        ours(calls) {
          for (let i = 0; i < calls; i++) use(cache.peek(KEYS[i & 1_023] as string))
        },
        raw(calls) {
          for (let i = 0; i < calls; i++) use(lru.get(KEYS[i & 1_023] as string))
        },
        rawTimed(calls) {
          for (let i = 0; i < calls; i++) use(timed.get(KEYS[i & 1_023] as string))
        },
      },
      lab.shortPace,
    )
    return [timeRow('L1 peek', ours, raw, 3), timeRow('L1 peek, raw with a ttl', ours, rawTimed)]
  },
}
