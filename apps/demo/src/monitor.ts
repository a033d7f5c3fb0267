import type { CacheStats } from '@tiercel/core'
import type { FaultKind } from './chaos/faults.ts'
import { Recovery } from './chaos/recovery.ts'
import type { FromChecker } from './checker/process.ts'
import type { Settled } from './checker/settle.ts'
import { type Tally, newTally } from './checker/tally.ts'
import type { Sample } from './instance/sampler.ts'
import { Lag } from './report/lag.ts'
import { type Quantiles, quantiles } from './report/quantiles.ts'
import { count } from './report/result.ts'
import { type Totals, totalsOf } from './report/totals.ts'

/** All that the processes tell, put together. */
export class Monitor {
  readonly recovery = new Recovery()
  readonly #lag = new Lag()
  readonly #stats = new Map<number, CacheStats>()
  tally: Tally = newTally()
  settled: Settled | undefined

  /** A sample of `incarnation`, one of those that are up. */
  sample(incarnation: number, sample: Sample, up: readonly number[]): void {
    const { stats } = sample
    this.#stats.set(incarnation, stats)
    this.#lag.add(incarnation, sample)
    this.recovery.see(incarnation, stats, up)
  }

  checker(message: FromChecker): void {
    if (message.type !== 'ended') this.tally = message.tally
    if (message.type === 'settled') this.settled = message.settled
  }

  get totals(): Totals {
    return totalsOf(this.#stats.values())
  }

  get lag(): Quantiles {
    return quantiles(this.#lag.times())
  }

  get faults(): Readonly<Partial<Record<FaultKind, number>>> {
    return Object.fromEntries(this.recovery.injected)
  }

  /** How it goes, in one line. */
  line(seconds: number): string {
    const { reads, stale, hung, failed, writes } = this.tally
    const { l1, reads: counted } = this.totals
    const parts = [
      `${seconds.toFixed(1).padStart(5)} s`,
      `${count(reads)} reads`,
      `L1 ${((100 * l1) / Math.max(counted, 1)).toFixed(0)} %`,
      `${writes.key + writes.tag + writes.clear} writes`,
      `stale ${stale.within} (max ${stale.max.toFixed(0)} ms)`,
      `beyond ${stale.beyond}`,
      `errors ${hung + failed}`,
      ...this.recovery.active,
    ]
    return parts.join(' · ')
  }
}
