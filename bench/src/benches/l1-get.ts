import { do_not_optimize as use } from 'mitata'
import { bytesPerCall } from '../harness/allocation.ts'
import type { Bench } from '../harness/bench.ts'
import { bytes } from '../harness/format.ts'
import { inMemory } from '../harness/in-memory.ts'
import { type Side, interleave } from '../harness/interleave.ts'
import { timeRow } from '../harness/rows.ts'
import { KEYS, type User, userOf } from '../harness/user.ts'

const AT_MOST = 1.5

function load(): never {
  throw new Error('every key is in L1')
}

/** The asynchronous hit of the first tier, against an `async` function around lru-cache. */
export const l1Get: Bench = {
  name: 'l1-get',
  about: 'an awaited hit in L1, against an async function around lru-cache',
  async run(lab) {
    const { cache: filled, lru, timed } = await inMemory(lab)
    await using cache = filled
    const users = cache.keyspace<'family:{id}', User>('family:{id}')
    for (let id = 0; id < KEYS.length; id++) {
      lru.set(`family:${id}`, userOf(id))
      await users.set({ id }, userOf(id))
    }
    const wrapped = async (key: string): Promise<User | undefined> => lru.get(key)
    const wrappedTimed = async (key: string): Promise<User | undefined> => timed.get(key)
    const sides = {
      get: async (calls) => {
        for (let i = 0; i < calls; i++) use(await cache.get(KEYS[i & 1_023] as string))
      },
      getOrSet: async (calls) => {
        for (let i = 0; i < calls; i++) use(await cache.getOrSet(KEYS[i & 1_023] as string, load))
      },
      family: async (calls) => {
        for (let i = 0; i < calls; i++) use(await users.get({ id: i & 1_023 }))
      },
      rawFamily: async (calls) => {
        for (let i = 0; i < calls; i++) use(await wrapped(`family:${i & 1_023}`))
      },
      raw: async (calls) => {
        for (let i = 0; i < calls; i++) use(await wrapped(KEYS[i & 1_023] as string))
      },
      rawTimed: async (calls) => {
        for (let i = 0; i < calls; i++) use(await wrappedTimed(KEYS[i & 1_023] as string))
      },
      bare: async (calls) => {
        // oxlint-disable-next-line typescript/await-thenable -- the least that an await can wait for
        for (let i = 0; i < calls; i++) use(await lru.get(KEYS[i & 1_023] as string))
      },
    } satisfies Record<string, Side>
    const times = await interleave(sides, lab.shortPace)
    const ours = await bytesPerCall(sides.get)
    return [
      timeRow('L1 get, awaited', times.get, times.raw, AT_MOST),
      timeRow('L1 getOrSet, awaited', times.getOrSet, times.raw, AT_MOST),
      timeRow('L1 get of a family, raw makes its key too', times.family, times.rawFamily),
      timeRow('L1 get, raw with a ttl', times.get, times.rawTimed),
      timeRow('L1 get, raw a bare await', times.get, times.bare),
      {
        what: 'L1 get, allocated',
        ours: bytes(ours),
        raw: bytes(await bytesPerCall(sides.raw)),
        measured: ours,
        unit: 'B',
        target: { bound: 'most', value: 350 },
      },
    ]
  },
}
