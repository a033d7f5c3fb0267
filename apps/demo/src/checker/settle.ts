import { setTimeout as delay } from 'node:timers/promises'
import { ITEMS } from '../catalog.ts'
import type { Observer } from './observer.ts'
import type { Peer } from './roster.ts'

/** How it ended, after the last write and the last fault. */
export interface Settled {
  /** Answers that were as new as promised, and those that were not when the bound had passed. */
  readonly current: number
  readonly behind: number
  /** Acknowledged invalidations that never reached Redis. */
  readonly unconfirmed: number
  /** Milliseconds until all was current. */
  readonly ms: number
}

/** How long Redis may take to be found again. */
const BACK_WITHIN = 10_000
const ASK_EVERY = 50
const AT_ONCE = 16

/** Waits until all that was kept has reached Redis, then reads every item of every instance. */
export async function settle(observer: Observer, bound: number): Promise<Settled> {
  const began = performance.now()
  const { ledger, roster } = observer
  while (ledger.keepers.size > 0 && performance.now() - began < BACK_WITHIN) {
    await observer.askKeepers()
    await delay(ASK_EVERY)
  }
  const confirmedAt = performance.now()
  const pairs = roster.peers.flatMap((peer) =>
    Array.from({ length: ITEMS }, (_, id): Pair => [peer, id]),
  )
  let behind: readonly Pair[] = pairs
  do {
    // Taken before the round, so that the last round begins after the bound.
    const isLast = performance.now() - confirmedAt > bound
    behind = await behindOf(observer, behind)
    if (isLast) break
  } while (behind.length > 0)
  return {
    current: pairs.length - behind.length,
    behind: behind.length,
    unconfirmed: ledger.keepers.size,
    ms: performance.now() - began,
  }
}

type Pair = readonly [Peer, number]

/** Those of `pairs` whose answer is older than promised. */
async function behindOf(observer: Observer, pairs: readonly Pair[]): Promise<readonly Pair[]> {
  const behind: Pair[] = []
  const left = pairs.values()
  const worker = async (): Promise<void> => {
    for (const pair of left) if (!(await observer.read(...pair))) behind.push(pair)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return behind
}
