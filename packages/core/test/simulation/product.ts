import { resolveOptions, type Settings } from '../../src/settings.ts'
import type { Scenario } from './scenario.ts'

/** The bound, and what has to be short against it, so that a run takes seconds of the world's time. */
export const BOUND = 1_000
const BEAT = 300
/** What a call may wait for the server. */
export const TIMEOUT = 100
/** After this a load is given up. */
export const HARD_TIMEOUT = 1_000

export function settingsOf({ shards, maxEntries, hasL1 }: Scenario): Settings {
  return resolveOptions({
    namespace: 'simulated',
    l1: hasL1 ? { maxEntries } : false,
    l2: { timeout: TIMEOUT, leaseTtl: 400, leaseWait: 150 },
    coherence: { maxStaleness: BOUND, beat: BEAT, shards, healWindow: '20s' },
    defaults: { hardTimeout: HARD_TIMEOUT },
  })
}
