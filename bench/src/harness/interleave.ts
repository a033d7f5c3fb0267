import { setImmediate } from 'node:timers/promises'

/**
 * One of the things that are compared: makes so many calls. Each has a loop of its own, so that the
 * engine optimizes it for what it calls.
 */
export type Side = (calls: number) => void | Promise<void>

/** How long to measure. */
export interface Pace {
  readonly rounds: number
  /** What one side runs for in one round, about. */
  readonly roundMs: number
}

/** Nanoseconds per call of each side, one number for each round. */
export type Times<K extends string> = Readonly<Record<K, readonly number[]>>

/**
 * Measures the sides in turn, round after round: what else the machine does meets all of them. Another
 * side begins each round, so that none is always the one that runs behind the same other.
 */
export async function interleave<K extends string>(
  sides: Readonly<Record<K, Side>>,
  pace: Pace,
): Promise<Times<K>> {
  const names = Object.keys(sides) as K[]
  const calls = new Map<K, number>()
  for (const name of names) calls.set(name, await calibrated(sides[name], pace.roundMs))
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    K,
    number[]
  >
  for (let round = 0; round < pace.rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(round + i) % names.length] as K
      const count = calls.get(name) as number
      times[name].push(((await elapsed(sides[name], count)) / count) * 1e6)
    }
  }
  return times
}

/** How many calls take `roundMs`, found by making more and more; they also warm the side up. */
async function calibrated(side: Side, roundMs: number): Promise<number> {
  let calls = 1
  let ms = await elapsed(side, calls)
  while (ms < roundMs) {
    calls *= 2
    ms = await elapsed(side, calls)
  }
  return Math.max(1, Math.round((calls * roundMs) / ms))
}

async function elapsed(side: Side, calls: number): Promise<number> {
  await setImmediate() // timers and sockets get their turn between rounds, not within
  const began = performance.now()
  await side(calls)
  return performance.now() - began
}
