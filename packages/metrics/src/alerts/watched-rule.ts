import type { AlertRule } from './rules.ts'
import { SIGNALS, type Snapshot } from './signals.ts'

/** One rule, and whether it is at fault: it fires after being bad for a while, and ends by recovering. */
export class WatchedRule {
  readonly rule: AlertRule
  /** Whose queue is looked at, for a rule about one. */
  readonly writer: string | undefined
  #badSince: number | undefined
  #isFiring = false

  constructor(rule: AlertRule, writer?: string) {
    this.rule = rule
    this.writer = writer
  }

  /** Looks at the newest of `history`, and back as far as the window. @returns what changed, if anything */
  look(
    history: readonly Snapshot[],
  ): { readonly state: 'firing' | 'resolved'; readonly value: number } | undefined {
    const to = history.at(-1)
    if (to === undefined) return undefined
    const { rule } = this
    const from = history.find(({ at }) => at >= to.at - rule.window) ?? to
    const value = SIGNALS[rule.signal].read(from, to, rule.minimum, this.writer ?? '')
    if (value === undefined) return undefined // too little is known to change anything
    if (this.#isFiring) {
      const isWell = rule.bad === 'above' ? value <= rule.recovers : value >= rule.recovers
      if (!isWell) return undefined
      this.#isFiring = false
      this.#badSince = undefined
      return { state: 'resolved', value }
    }
    const isBad = rule.bad === 'above' ? value > rule.threshold : value < rule.threshold
    if (!isBad) {
      this.#badSince = undefined
      return undefined
    }
    this.#badSince ??= to.at
    if (to.at - this.#badSince < rule.for) return undefined
    this.#isFiring = true
    return { state: 'firing', value }
  }
}
