import { LRUCache } from 'lru-cache'
import { do_not_optimize as use } from 'mitata'
import { bytesPerCall } from '../harness/allocation.ts'
import type { Bench, Row } from '../harness/bench.ts'
import { bytes, duration } from '../harness/format.ts'
import { type Side, interleave } from '../harness/interleave.ts'
import { median, ratio } from '../harness/numbers.ts'
import { type User, keyOf, userOf } from '../harness/user.ts'

const KEYS = Array.from({ length: 1_024 }, (_, id) => keyOf(id))
const AT_MOST = { bound: 'most', value: 1.5 } as const

function load(): never {
  throw new Error('every key is in L1')
}

/** The asynchronous hit of the first tier, against an `async` function around lru-cache. */
export const l1Get: Bench = {
  name: 'l1-get',
  about: 'an awaited hit in L1, against an async function around lru-cache',
  async run(lab) {
    await using cache = await lab.cache()
    const lru = new LRUCache<string, User>({ max: 10_000 })
    const timed = new LRUCache<string, User>({ max: 10_000, ttl: 300_000 })
    for (const [id, key] of KEYS.entries()) {
      lru.set(key, userOf(id))
      timed.set(key, userOf(id))
      await cache.set(key, userOf(id))
    }
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
    const against = (
      what: string,
      ours: keyof typeof sides,
      raw: keyof typeof sides,
      target?: Row['target'],
    ): Row => ({
      what,
      ours: duration(median(times[ours])),
      raw: duration(median(times[raw])),
      measured: ratio(times[ours], times[raw]),
      unit: 'x',
      ...(target && { target }),
    })
    const ours = await bytesPerCall(sides.get)
    return [
      against('L1 get, awaited', 'get', 'raw', AT_MOST),
      against('L1 getOrSet, awaited', 'getOrSet', 'raw', AT_MOST),
      against('L1 get of a family, raw makes its key too', 'family', 'rawFamily'),
      against('L1 get, raw with a ttl', 'get', 'rawTimed'),
      against('L1 get, raw a bare await', 'get', 'bare'),
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
