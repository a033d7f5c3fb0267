import type { Side } from './interleave.ts'
import { median } from './numbers.ts'

const SAMPLES = 101
/** Few enough that most samples see no collection, and enough that looking does not count. */
const CALLS = 1_000
const WARM_UP = 100_000

/** Bytes that one call of an optimized `side` allocates on the heap, with what awaiting it takes. */
export async function bytesPerCall(side: Side): Promise<number> {
  await side(WARM_UP)
  globalThis.gc?.()
  const samples: number[] = []
  for (let i = 0; i < SAMPLES; i++) {
    const before = process.memoryUsage().heapUsed
    await side(CALLS)
    samples.push((process.memoryUsage().heapUsed - before) / CALLS)
  }
  return median(samples)
}
