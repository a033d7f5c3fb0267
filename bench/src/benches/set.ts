import { msgpack } from '@tiercel/serializers'
import type { Bench } from '../harness/bench.ts'
import { interleave } from '../harness/interleave.ts'
import { rateRow } from '../harness/rows.ts'
import { KEYS, userOf } from '../harness/user.ts'

const USERS = KEYS.map((_, id) => userOf(id))
const NO_NAMES = { namespace: '', key: '' }

/** A write of both tiers that all instances hear of, against `SET` of ioredis, which tells nobody. */
export const set: Bench = {
  name: 'set',
  about: 'set of both tiers with its invalidation, against SET of ioredis, one after the other',
  async run(lab) {
    await using cache = await lab.cache()
    const client = await lab.client()
    const codec = msgpack()
    const encoded = USERS.map((user) => Buffer.from(codec.encode(user, NO_NAMES)))
    try {
      const { ours, raw, told } = await interleave(
        {
          async ours(calls) {
            for (let i = 0; i < calls; i++) {
              const receipt = await cache.set(KEYS[i & 1_023] as string, USERS[i & 1_023])
              if (receipt !== 'everywhere')
                throw new Error('set: no answer in time; the machine may be too busy')
            }
          },
          async raw(calls) {
            for (let i = 0; i < calls; i++) {
              await client.set(KEYS[i & 1_023] as string, encoded[i & 1_023] as Buffer)
            }
          },
          async told(calls) {
            for (let i = 0; i < calls; i++) {
              const key = KEYS[i & 1_023] as string
              const bytes = Buffer.from(codec.encode(USERS[i & 1_023], NO_NAMES))
              await client.multi().set(key, bytes, 'PX', 300_000).publish('raw', key).exec()
            }
          },
        },
        lab.longPace,
      )
      return [
        rateRow('set of both tiers, told to all', ours, raw, 0.6),
        rateRow('set, raw MULTI SET PX PUBLISH', ours, told),
      ]
    } finally {
      client.disconnect()
    }
  },
}
