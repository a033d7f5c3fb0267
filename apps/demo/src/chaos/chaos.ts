import { setTimeout as delay } from 'node:timers/promises'
import { type Random, between, seeded, shuffled } from '../random.ts'
import { type Lane, SHORT } from './lanes.ts'
import { Presence } from './presence.ts'

/** Milliseconds: the longest wait for Redis, and the ways of a slow connection. */
const HEALS_WITHIN = 500

/** What is told of the faults, and what is asked. */
export interface ChaosEvents {
  begin(kind: string): void
  end(kind: string): void
  /** It could not be done; the next one will be. */
  failed(kind: string, error: unknown): void
  /** Resolves when all instances say that they are well, or after a while. */
  well(): Promise<void>
}

export interface ChaosOptions {
  readonly seed: number
  /** Milliseconds. */
  readonly bound: number
  /** Longest that a fault lasts, in milliseconds. */
  readonly longest: number
}

/** Does the faults of all lanes until `signal`. What happens, to whom and how long follows from the seed. */
export async function chaos(
  lanes: readonly Lane[],
  instances: number,
  { seed, bound, longest }: ChaosOptions,
  events: ChaosEvents,
  signal: AbortSignal,
): Promise<void> {
  const presence = new Presence()
  await Promise.all(lanes.map((lane) => run(lane, seeded(seed, `faults of ${lane.name}`))))

  async function run(lane: Lane, random: Random): Promise<void> {
    let round: string[] = []
    while (!signal.aborted) {
      await pause(between(random, ...lane.pause))
      if (signal.aborted) return
      if (round.length === 0) round = shuffled(random, lane.round)
      await inOrder(random, round.pop() as string, lane)
    }
  }

  function inOrder(random: Random, kind: string, lane: Lane): Promise<void> {
    if (lane.away?.includes(kind) === true) {
      return presence.away(() => doFault(random, kind, lane))
    }
    if (lane.alone?.includes(kind) !== true) return doFault(random, kind, lane)
    return presence.alone(async () => {
      await events.well()
      await doFault(random, kind, lane)
      await events.well()
      // What heals the loss is under way then, and seen by nobody; what it could not heal is kept, and seen.
      await pause(HEALS_WITHIN)
      await events.well()
    })
  }

  async function doFault(random: Random, kind: string, lane: Lane): Promise<void> {
    const { faults, long, alone = [] } = lane
    const instance = Math.floor(random() * instances)
    const isShort = random() < 0.5 && !alone.includes(kind)
    const ms = isShort ? between(random, ...SHORT) : bound * between(random, ...long)
    const last = (): Promise<void> => pause(Math.min(ms, longest))
    if (signal.aborted) return
    events.begin(kind)
    try {
      await faults[kind]?.({ random, instance, last, pause })
    } catch (error) {
      events.failed(kind, error)
    }
    events.end(kind)
  }

  /** Ends early, so that every fault is taken back when the run ends. */
  async function pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal }).catch(() => {})
  }
}
