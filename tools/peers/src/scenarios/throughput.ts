import { startRedis } from '@tiercel/dev-redis'
import { duration } from 'bench/format'
import { type Side, interleave } from 'bench/interleave'
import { median, ratio } from 'bench/numbers'
import { keyOf, userOf } from 'bench/user'
import type { Lab } from '../lab.ts'
import type { Instance, Peer } from '../peer.ts'
import type { Finding, Scenario } from '../scenario.ts'

const KEYS = Array.from({ length: 4_096 }, (_, id) => keyOf(id))
/** An L1 that never has the key that is asked for next, so that every read is one of L2. */
const SMALL_L1 = 16
const LANES = 64
const LONG_TTL_MS = 3_600_000
const USER = userOf(1)

/** What is called in a row: the instance, a key, and the number of the call. */
type Call = (instance: Instance, key: string) => Promise<unknown>

interface Race {
  readonly what: string
  readonly l1Entries: number
  /** Whether all keys are stored before. */
  readonly isStored: boolean
  readonly roundMs: number
  readonly side: (instance: Instance) => Side
}

const hit: Call = (instance, key) =>
  instance.getOrSet(key, () => {
    throw new Error(`throughput: ${key} was not found`)
  })

const RACES: readonly Race[] = [
  { what: 'L1 hit', l1Entries: 10_000, isStored: true, roundMs: 30, side: sequence(hit) },
  {
    what: 'L2 hit, one at a time',
    l1Entries: SMALL_L1,
    isStored: true,
    roundMs: 150,
    side: sequence(hit),
  },
  {
    what: `L2 hit, ${LANES} at once`,
    l1Entries: SMALL_L1,
    isStored: true,
    roundMs: 150,
    side: lanes(hit),
  },
  {
    what: 'Set, one at a time',
    l1Entries: 10_000,
    isStored: false,
    roundMs: 150,
    side: sequence((instance, key) => instance.set(key, USER)),
  },
  {
    what: 'Miss and load, one at a time',
    l1Entries: 10_000,
    isStored: false,
    roundMs: 150,
    side: misses(1),
  },
  {
    what: `Miss and load, ${LANES} at once`,
    l1Entries: 10_000,
    isStored: false,
    roundMs: 150,
    side: misses(LANES),
  },
]

export const throughput: Scenario = {
  name: 'throughput',
  about:
    'hits, sets and loads, in turns within one run; the time of each divided by that of Tiercel',
  async run(peers, lab) {
    const findings: Finding[] = []
    for (const race of RACES) {
      lab.say(`  ${race.what}`)
      // Calls that do not wait for Redis would run on in the turn of the next peer.
      const runners = peers.filter((peer) => race.what === 'L1 hit' || peer.waitsForRedis)
      findings.push(...(await runRace(race, runners, lab)))
    }
    return findings
  },
}

async function runRace(race: Race, peers: readonly Peer[], lab: Lab): Promise<readonly Finding[]> {
  await using redis = await startRedis({ args: ['--save', ''], log: lab.say })
  const instances = new Map<string, Instance>()
  for (const peer of peers) {
    const instance = await peer.open({
      url: redis.url,
      namespace: peer.name,
      ttlMs: LONG_TTL_MS,
      l1Entries: race.l1Entries,
    })
    if (race.isStored) for (const [id, key] of KEYS.entries()) await instance.set(key, userOf(id))
    instances.set(peer.name, instance)
  }
  const sides = Object.fromEntries(
    [...instances].map(([name, instance]) => [name, race.side(instance)]),
  )
  const times = await interleave(sides, { rounds: lab.rounds * 3, roundMs: race.roundMs })
  for (const instance of instances.values()) await instance.close()
  const [first] = peers
  const ours = times[first?.name ?? ''] ?? []
  return peers.map(({ name }): Finding => {
    const theirs = times[name] ?? []
    const slower = ratio(theirs, ours)
    const rounds = theirs.map((time, i) => time / (ours[i] ?? Number.NaN))
    const spread = [Math.min(...rounds), Math.max(...rounds)].map((x) => x.toFixed(2)).join('–')
    const said = `${slower.toFixed(2)} (${spread}), ${duration(median(theirs))}`
    return { what: `Time of: ${race.what}`, peer: name, said, rounds }
  })
}

function sequence(call: Call): (instance: Instance) => Side {
  return (instance) => {
    let next = 0
    return async (calls) => {
      for (let i = 0; i < calls; i++) await call(instance, KEYS[next++ % KEYS.length] as string)
    }
  }
}

/** Each lane has keys of its own, so that no read is shared. */
function lanes(call: Call): (instance: Instance) => Side {
  const perLane = KEYS.length / LANES
  return (instance) => async (calls) => {
    const each = Math.ceil(calls / LANES)
    const lane = async (index: number): Promise<void> => {
      for (let i = 0; i < each; i++)
        await call(instance, KEYS[index * perLane + (i % perLane)] as string)
    }
    await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index)))
  }
}

/** Keys that nobody has asked for; the loader has its value at once. */
function misses(atOnce: number): (instance: Instance) => Side {
  return (instance) => {
    let next = 0
    return async (calls) => {
      const each = Math.ceil(calls / atOnce)
      const lane = async (): Promise<void> => {
        for (let i = 0; i < each; i++) await instance.getOrSet(`miss:${next++}`, () => USER)
      }
      await Promise.all(Array.from({ length: atOnce }, lane))
    }
  }
}
