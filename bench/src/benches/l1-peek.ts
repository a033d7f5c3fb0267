import { LRUCache } from 'lru-cache'
import { do_not_optimize as use } from 'mitata'
import type { Bench } from '../harness/bench.ts'
import { duration } from '../harness/format.ts'
import { interleave } from '../harness/interleave.ts'
import { median, ratio } from '../harness/numbers.ts'
import { type User, keyOf, userOf } from '../harness/user.ts'

const KEYS = Array.from({ length: 1_024 }, (_, id) => keyOf(id))

/** The synchronous hit of the first tier, against lru-cache as it is. */
export const l1Peek: Bench = {
  name: 'l1-peek',
  about: 'a synchronous hit in L1, against lru-cache',
  async run(lab) {
    await using cache = await lab.cache()
    const lru = new LRUCache<string, User>({ max: 10_000 })
    const timed = new LRUCache<string, User>({ max: 10_000, ttl: 300_000 })
    for (const [id, key] of KEYS.entries()) {
      lru.set(key, userOf(id))
      timed.set(key, userOf(id))
      await cache.set(key, userOf(id))
    }
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
    return [
      {
        what: 'L1 peek',
        ours: duration(median(ours)),
        raw: duration(median(raw)),
        measured: ratio(ours, raw),
        unit: 'x',
        target: { bound: 'most', value: 3 },
      },
      {
        what: 'L1 peek, raw with a ttl',
        ours: duration(median(ours)),
        raw: duration(median(rawTimed)),
        measured: ratio(ours, rawTimed),
        unit: 'x',
      },
    ]
  },
}
