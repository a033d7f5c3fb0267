import type { Cache } from '@tiercel/core'
import { msgpack, raw as rawCodec } from '@tiercel/serializers'
import type { Redis } from 'ioredis'
import type { Bench, Row } from '../harness/bench.ts'
import { type Side, interleave } from '../harness/interleave.ts'
import type { Lab } from '../harness/lab.ts'
import { rateRow } from '../harness/rows.ts'
import { keyOf, userOf } from '../harness/user.ts'

const LANES = 256
const KEYS_PER_LANE = 16
const KEYS = Array.from({ length: LANES * KEYS_PER_LANE }, (_, id) => keyOf(id))

type Read = (key: string) => Promise<unknown>

/** Who is asked: ourselves, for values and for bytes, and ioredis. */
interface Asked {
  readonly values: Cache
  /** Neither side decodes. */
  readonly bytes: Cache
  readonly client: Redis
  readonly piped: Redis
}

/** The hit of the second tier, against `getBuffer` of ioredis, which does not decode. */
export const l2Hit: Bench = {
  name: 'l2-hit',
  about: 'a hit in L2, against getBuffer of ioredis, one after the other and 256 at once',
  async run(lab) {
    await using values = await lab.cache({ l1: false })
    await using bytes = await lab.cache({ l1: false, l2: { codec: rawCodec() } })
    const client = await lab.client()
    const piped = await lab.client(true)
    const asked = { values, bytes, client, piped }
    try {
      await store(asked)
      return [...(await oneByOne(lab, asked)), ...(await manyAtOnce(lab, asked))]
    } finally {
      client.disconnect()
      piped.disconnect()
    }
  },
}

const codec = msgpack()

/** Stored one after the other, so that no call comes near its timeout. */
async function store({ values, bytes, client }: Asked): Promise<void> {
  for (const [id, key] of KEYS.entries()) {
    const user = userOf(id)
    const encoded = Buffer.from(codec.encode(user, { namespace: '', key }))
    await values.set(key, user, { strict: true })
    await bytes.set(key, encoded, { strict: true })
    await client.set(key, encoded)
  }
}

async function oneByOne(lab: Lab, { values, bytes, client }: Asked): Promise<readonly Row[]> {
  const times = await interleave(
    {
      ours: sequence((key) => values.get(key)),
      oursBytes: sequence((key) => bytes.get(key)),
      raw: sequence((key) => client.getBuffer(key)),
      rawDecoded: sequence((key) => decode(client, key)),
    },
    lab.longPace,
  )
  return [
    rateRow('L2 hit, one at a time', times.ours, times.raw, 0.9),
    rateRow('L2 hit, one at a time, both decode', times.ours, times.rawDecoded),
    rateRow('L2 hit, one at a time, neither decodes', times.oursBytes, times.raw),
  ]
}

async function manyAtOnce(
  lab: Lab,
  { values, bytes, client, piped }: Asked,
): Promise<readonly Row[]> {
  const times = await interleave(
    {
      ours: lanes((key) => values.get(key)),
      oursBytes: lanes((key) => bytes.get(key)),
      raw: lanes((key) => piped.getBuffer(key)),
      rawDecoded: lanes((key) => decode(piped, key)),
      unpiped: lanes((key) => client.getBuffer(key)),
    },
    lab.longPace,
  )
  return [
    rateRow('L2 hit, 256 at once, raw auto-pipelined', times.ours, times.raw, 3),
    rateRow('L2 hit, 256 at once, both decode', times.ours, times.rawDecoded),
    rateRow('L2 hit, 256 at once, neither decodes', times.oursBytes, times.raw),
    rateRow('L2 hit, 256 at once, raw not pipelined', times.ours, times.unpiped),
  ]
}

async function decode(client: Redis, key: string): Promise<unknown> {
  const bytes = await client.getBuffer(key)
  return bytes === null ? null : codec.decode(bytes, { namespace: '', key })
}

function sequence(read: Read): Side {
  return async (calls) => {
    for (let i = 0; i < calls; i++) await hit(read, KEYS[i % KEYS.length] as string)
  }
}

/** Each lane has keys of its own, so that no read is shared. */
function lanes(read: Read): Side {
  return async (calls) => {
    const each = Math.ceil(calls / LANES)
    const lane = async (index: number): Promise<void> => {
      for (let i = 0; i < each; i++) {
        await hit(read, KEYS[index * KEYS_PER_LANE + (i % KEYS_PER_LANE)] as string)
      }
    }
    await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index)))
  }
}

async function hit(read: Read, key: string): Promise<void> {
  // `==`: what is absent is undefined to us, and null to ioredis.
  if ((await read(key)) == undefined) {
    throw new Error(`l2-hit: no answer for ${key} in time; the machine may be too busy to measure`)
  }
}
