import { setTimeout as delay } from 'node:timers/promises'
import { ITEMS } from '../catalog.ts'
import type { Fleet } from '../fleet.ts'
import type { Checker } from './checker.ts'

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
const LOOK_EVERY = 50

/** Waits until all that was kept has reached Redis, then lets every instance read every item. */
export async function settle(checker: Checker, fleet: Fleet, bound: number): Promise<Settled> {
  const began = performance.now()
  const { ledger } = checker
  while (ledger.keepers.size > 0 && performance.now() - began < BACK_WITHIN) {
    await delay(LOOK_EVERY)
  }
  const confirmedAt = performance.now()
  checker.judge()
  for (;;) {
    // Taken before the round, so that the last round begins after the bound.
    const isLast = performance.now() - confirmedAt > bound
    await fleet.readAll()
    const behind = checker.judge()
    if (behind > 0 && !isLast) continue
    return {
      current: fleet.links.length * ITEMS - behind,
      behind,
      unconfirmed: ledger.keepers.size,
      ms: performance.now() - began,
    }
  }
}
