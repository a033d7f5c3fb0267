import { fuzzBatch } from './batch.ts'
import { makeTargets } from './targets.ts'

/** What the child tells after each batch. */
export interface Progress {
  readonly read: number
  readonly refused: number
  readonly peakMebibytes: number
}

const targets = makeTargets()

process.on('message', ({ seed, count }: { seed: number; count: number }) => {
  const tally = fuzzBatch(targets, seed, count)
  const progress: Progress = { ...tally, peakMebibytes: process.resourceUsage().maxRSS / 1024 }
  process.send?.(progress)
})
