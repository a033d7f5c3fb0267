import type { CacheStats } from '@tiercel/core'

/** Counts the faults, and measures how long all instances take to be well again after them. */
export class Recovery {
  readonly injected = new Map<string, number>()
  readonly #active = new Map<string, number>()
  readonly #well = new Set<number>()
  #endedAt: number | undefined
  /** Milliseconds from the end of a fault, with no other one begun, until all were well. */
  readonly times: number[] = []

  /** The faults that go on. */
  get active(): readonly string[] {
    return [...this.#active.keys()]
  }

  begin(kind: string): void {
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1)
    this.#active.set(kind, performance.now())
    this.#endedAt = undefined
  }

  end(kind: string): void {
    this.#active.delete(kind)
    if (this.#active.size > 0) return
    this.#endedAt = performance.now()
    this.#well.clear()
  }

  /** Takes note of how `incarnation`, one of `all`, says it is. */
  see(incarnation: number, stats: CacheStats, all: readonly number[]): void {
    if (this.#endedAt === undefined) return
    if (isWell(stats)) this.#well.add(incarnation)
    else this.#well.delete(incarnation)
    if (!all.every((other) => this.#well.has(other))) return
    this.times.push(performance.now() - this.#endedAt)
    this.#endedAt = undefined
  }
}

/** Trusts its L1, keeps nothing, and uses Redis. */
export function isWell({ coherence, l2 }: CacheStats): boolean {
  return coherence.isConfirmed && coherence.outbox === 0 && l2.state === 'closed'
}
