import type { CacheStats } from '@tiercel/core'
import { Recovery, isWell } from './chaos/recovery.ts'
import { Checker, type Peer } from './checker/checker.ts'
import { hostNow } from './clock.ts'
import type { Calm, FromInstance } from './instance/messages.ts'
import { Lag } from './report/lag.ts'
import { MemoryLog } from './report/memory.ts'
import { type Quantiles, quantiles } from './report/quantiles.ts'
import { count } from './report/result.ts'
import { type Totals, totalsOf } from './report/totals.ts'

/** All that the instances tell, put together. */
export class Monitor {
  readonly checker: Checker
  readonly recovery = new Recovery()
  readonly memory = new MemoryLog()
  /** Whether the ways of invalidations are measured: once all is warm, until the first fault. */
  isCalm = false
  readonly #lag = new Lag()
  readonly #calm: Calm[] = []
  readonly #stats = new Map<number, { readonly stats: CacheStats; readonly at: number }>()
  readonly #began = hostNow()

  constructor(bound: number) {
    this.checker = new Checker(bound, this.#began)
  }

  /** `up`: the incarnations that are up. */
  see(peer: Peer, message: FromInstance, up: readonly number[]): void {
    if (message.type === 'acknowledged') this.checker.acknowledged(peer, message)
    else if (message.type === 'calm') this.#calm.push(message)
    else if (message.type === 'memory') this.memory.add(peer, message)
    else if (message.type === 'sample') {
      const { stats, at } = message
      this.#stats.set(peer.incarnation, { stats, at })
      if (this.isCalm) this.#lag.add(peer.incarnation, message)
      this.recovery.see(peer.incarnation, stats, up)
      this.checker.sample(peer, message, performance.now())
    }
  }

  /** Whether all of `up` have said since `since` that they are well. */
  isWell(up: readonly number[], since: number): boolean {
    return up.every((incarnation) => {
      const last = this.#stats.get(incarnation)
      return last !== undefined && last.at > since && isWell(last.stats)
    })
  }

  get totals(): Totals {
    return totalsOf([...this.#stats.values()].map(({ stats }) => stats))
  }

  /** From the call on one instance to its application on another, in the calm. */
  get lag(): Quantiles {
    return quantiles(this.#lag.times())
  }

  /** The way of a bare message between the same processes at the same time. */
  get ping(): Quantiles {
    return quantiles(this.#calm.flatMap(({ pings }) => pings))
  }

  /** How late the timers of the instances were in the calm: the worst of them. */
  get loop(): Quantiles {
    const loops = this.#calm.map(({ loop }) => loop)
    const worst = (of: (loop: Quantiles) => number): number => Math.max(0, ...loops.map(of))
    return {
      count: loops.reduce((sum, loop) => sum + loop.count, 0),
      p50: worst(({ p50 }) => p50),
      p99: worst(({ p99 }) => p99),
      max: worst(({ max }) => max),
    }
  }

  get faults(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.recovery.injected)
  }

  /** How it goes, in one line. */
  line(seconds: number): string {
    const { reads, stale, hung, failed, writes } = this.checker.tally
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
