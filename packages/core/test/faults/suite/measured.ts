import type { AnyFault } from './fault.ts'
import type { Instance } from './instance.ts'
import type { Signal } from './orders.ts'

/** When an instance noticed, in milliseconds from the fault on, and by what. */
export interface Noticed {
  readonly ms: number
  readonly by: Signal
}

/** What the rounds of one fault showed. */
export class Measured {
  rounds = 0
  /** Instances that were killed. */
  readonly dead: Instance[] = []
  unnoticed = 0
  late = 0
  wellAfter = 0
  noticed: Noticed | undefined

  get result(): Pick<Measured, 'rounds' | 'unnoticed' | 'late' | 'wellAfter' | 'noticed'> {
    const { rounds, unnoticed, late, wellAfter, noticed } = this
    return { rounds, unnoticed, late, wellAfter, noticed }
  }

  /** Looks when each of those whom a round concerned noticed it by an expected signal. */
  notice(fault: AnyFault, concerned: readonly Instance[], from: number, deadline: number): void {
    this.rounds++
    const first = concerned.map(({ signals }) =>
      signals.find(({ signal, at }) => at >= from && (fault.noticedBy?.includes(signal) ?? true)),
    )
    for (const one of first) {
      if (one === undefined || one.at - from <= (this.noticed?.ms ?? -1)) continue
      this.noticed = { ms: one.at - from, by: one.signal }
    }
    if (fault.noticedBy !== undefined && first.includes(undefined)) this.unnoticed++
    const isLate = first.some((one) => one !== undefined && one.at > deadline)
    if (fault.noticedWithin !== undefined && isLate) this.late++
  }
}
