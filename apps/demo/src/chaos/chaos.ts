import { setTimeout as delay } from 'node:timers/promises'
import type { Options } from '../options.ts'
import { type Random, between, seeded, shuffled } from '../random.ts'
import { FAULTS, type FaultKind, type World } from './faults.ts'
import { type Lane, SHORT, lanesFor } from './lanes.ts'

/** What is told of the faults. */
export interface ChaosEvents {
  begin(kind: FaultKind): void
  end(kind: FaultKind): void
}

/** Does faults until `signal`. What happens, to whom and how long follows from the seed. */
export async function chaos(
  world: World,
  { seed, bound, seconds }: Options,
  events: ChaosEvents,
  signal: AbortSignal,
): Promise<void> {
  const longest = (seconds * 1_000) / 2
  await Promise.all(
    lanesFor(world.redis).map((lane) => run(lane, seeded(seed, `faults of ${lane.name}`))),
  )

  async function run(lane: Lane, random: Random): Promise<void> {
    let round: FaultKind[] = []
    while (!signal.aborted) {
      await pause(between(random, ...lane.pause))
      if (signal.aborted) return
      if (round.length === 0) round = shuffled(random, lane.round)
      await doFault(random, round.pop() as FaultKind, lane)
    }
  }

  async function doFault(random: Random, kind: FaultKind, { long }: Lane): Promise<void> {
    const instance = Math.floor(random() * world.proxies.length)
    const isShort = random() < 0.5
    const ms = isShort ? between(random, ...SHORT) : bound * between(random, ...long)
    events.begin(kind)
    await FAULTS[kind](world, { random, instance, last: () => pause(Math.min(ms, longest)) })
    events.end(kind)
  }

  /** Ends early, so that every fault is taken back when the run ends. */
  async function pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal }).catch(() => {})
  }
}
