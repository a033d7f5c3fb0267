import type { FaultKind } from '../chaos/faults.ts'
import type { Settled } from '../checker/settle.ts'
import { type Tally, isClean } from '../checker/tally.ts'
import type { Started } from '../cluster.ts'
import type { Options } from '../options.ts'
import type { Quantiles } from './quantiles.ts'
import type { Totals } from './totals.ts'

/** All that a run has shown; what `--json` prints. */
export interface Result {
  readonly options: Options
  readonly redis: string
  /** How long the traffic went on. */
  readonly seconds: number
  readonly isInterrupted: boolean
  readonly tally: Tally
  readonly totals: Totals
  readonly lag: Quantiles
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>
  readonly recovery: Quantiles
  readonly settled: Settled | undefined
  readonly processes: readonly Started[]
  readonly verdict: Verdict
}

/** Whether the instances were coherent, in one sentence. */
export interface Verdict {
  readonly isCoherent: boolean
  readonly sentence: string
}

/** Judges a run; `settled` is absent if it was interrupted. */
export function verdictOf({ bound }: Options, tally: Tally, settled: Settled | undefined): Verdict {
  const { stale, hung, failed, reads } = tally
  const isSettled = settled === undefined || settled.behind + settled.unconfirmed === 0
  if (isClean(tally) && isSettled) {
    const most = count(Math.ceil(3e6 / Math.max(reads, 1)))
    const sentence =
      `Coherent: no read of ${count(reads)} was staler than ${bound} ms, none missed its own ` +
      `instance's writes, none hung or failed (fewer than ${most} in a million, at 95 %).`
    return { isCoherent: true, sentence }
  }
  const reasons = [
    some(stale.beyond, `reads staler than ${bound} ms`),
    some(stale.own, "reads older than their own instance's writes"),
    some(hung, 'requests without an answer'),
    some(failed, 'requests that failed'),
    some(settled?.behind ?? 0, 'answers still old at the end'),
    some(settled?.unconfirmed ?? 0, 'invalidations that never reached Redis'),
  ]
  const found = reasons.filter((reason) => reason !== undefined).join(', ')
  return { isCoherent: false, sentence: `Not coherent: ${found}.` }
}

function some(number: number, what: string): string | undefined {
  return number === 0 ? undefined : `${count(number)} ${what}`
}

/** A number as people read it. */
export function count(number: number): string {
  return Math.round(number).toLocaleString('en-US')
}
