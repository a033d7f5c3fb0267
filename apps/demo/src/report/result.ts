import type { Settled } from '../checker/settle.ts'
import { type Tally, isClean } from '../checker/tally.ts'
import type { Started } from '../fleet.ts'
import type { Options } from '../options.ts'
import type { MemoryResult } from './memory.ts'
import type { Quantiles } from './quantiles.ts'
import type { Totals } from './totals.ts'

/** All that a run has shown; what `--json` prints. */
export interface Result {
  readonly options: Options
  /** Version of the Redis protocol spoken. */
  readonly version: string | undefined
  /** The servers, in a few words. */
  readonly redis: string
  /** How long the traffic went on. */
  readonly seconds: number
  readonly isInterrupted: boolean
  readonly tally: Tally
  readonly totals: Totals
  /** Of invalidations, of bare messages, and of timers, before the first fault. */
  readonly lag: Quantiles
  readonly ping: Quantiles
  readonly loop: Quantiles
  readonly faults: Readonly<Record<string, number>>
  readonly recovery: Quantiles
  readonly memory: MemoryResult
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
    const sentence =
      `Coherent: no read of ${count(reads)} was staler than ${bound} ms, none missed its own ` +
      `instance's writes, none hung or failed (${ruleOfThree(reads)}).`
    return { isCoherent: true, sentence }
  }
  const reasons = [
    some(stale.beyond, `reads staler than ${bound} ms`),
    some(stale.own, "reads older than their own instance's writes"),
    some(hung, 'calls without an answer'),
    some(failed, 'calls that failed'),
    some(settled?.behind ?? 0, 'answers still old at the end'),
    some(settled?.unconfirmed ?? 0, 'invalidations that never reached Redis'),
  ]
  const found = reasons.filter((reason) => reason !== undefined).join(', ')
  return { isCoherent: false, sentence: `Not coherent: ${found}.` }
}

/** What none in `reads` says about all: the rule of three. It holds for reads that know nothing of each other. */
export function ruleOfThree(reads: number): string {
  const perMillion = 3e6 / Math.max(reads, 1)
  const shown = perMillion < 10 ? perMillion.toPrecision(2) : count(Math.ceil(perMillion))
  return `fewer than ${shown} in a million, at 95 %`
}

function some(number: number, what: string): string | undefined {
  return number === 0 ? undefined : `${count(number)} ${what}`
}

/** A number as people read it. */
export function count(number: number): string {
  return Math.round(number).toLocaleString('en-US')
}
