/** A version that was acknowledged as invalidated, by whom, and from when others are bound by it. */
interface Promised {
  readonly version: number
  readonly writer: number
  readonly at: number
  everywhereAt: number
}

/** What the reads of a run amount to. */
export interface Judged {
  reads: number
  /** Answers older than something that had been acknowledged. */
  stale: number
  /** By how much, in milliseconds, and how many were beyond the bound. */
  maxStaleness: number
  beyond: number
  /** Those of them for which no loss of acknowledged data in Redis is the reason. */
  unexcused: number
  /** Answers older than what the answering instance itself had acknowledged. */
  own: number
}

/**
 * Who promised what and who read what. The staleness of a read that began at t and was answered with
 * version v is t minus the first instant from which a newer version than v was promised.
 */
export class Ledger {
  kept = 0
  everywhereCount = 0
  readonly #promised = new Map<number, Promised[]>()
  readonly #losses: { readonly from: number; readonly until: number }[] = []
  readonly #reads: { readonly reader: number; readonly reads: Float64Array }[] = []

  /** An instance acknowledged; 'here' binds the others only when it has reached Redis. */
  written(
    writer: number,
    keys: readonly number[],
    versions: readonly number[],
    receipt: 'replicated' | 'everywhere' | 'here',
    at: number,
  ): void {
    if (receipt === 'here') this.kept++
    else this.everywhereCount++
    const everywhereAt = receipt === 'here' ? Infinity : at
    for (const [i, key] of keys.entries()) {
      const version = versions[i] as number
      const list = this.#promised.get(key) ?? []
      this.#promised.set(key, list)
      list.push({ version, writer, at, everywhereAt })
    }
  }

  /** All that `writer` kept up to `at` has reached Redis. */
  brought(writer: number, at: number): void {
    for (const list of this.#promised.values()) {
      for (const promised of list) {
        const isKept = promised.writer === writer && promised.at <= at
        if (isKept && promised.everywhereAt === Infinity) promised.everywhereAt = at
      }
    }
  }

  /**
   * What was acknowledged between the two instants may have been lost by Redis, and was there again at
   * the latter: until then nobody but its writer could know.
   */
  lost(from: number, until: number): void {
    this.#losses.push({ from, until })
  }

  read(reader: number, reads: Float64Array): void {
    this.#reads.push({ reader, reads })
  }

  /** Judged at the end alone: an acknowledgement may be told later than a read that began after it. */
  judge(bound: number): Judged {
    const judged = { reads: 0, stale: 0, maxStaleness: 0, beyond: 0, unexcused: 0, own: 0 }
    for (const { reader, reads } of this.#reads) {
      for (let i = 0; i < reads.length; i += 3) {
        const [key, version, began] = reads.subarray(i, i + 3) as unknown as [
          number,
          number,
          number,
        ]
        judged.reads++
        const { staleness, unexcused, isOwn } = this.#staleness(reader, key, version, began)
        if (isOwn) judged.own++
        if (staleness <= 0) continue
        judged.stale++
        judged.maxStaleness = Math.max(judged.maxStaleness, staleness)
        if (staleness > bound) judged.beyond++
        if (unexcused > bound) judged.unexcused++
      }
    }
    return judged
  }

  #staleness(
    reader: number,
    key: number,
    version: number,
    began: number,
  ): { staleness: number; unexcused: number; isOwn: boolean } {
    let staleness = 0
    let unexcused = 0
    let isOwn = false
    for (const promised of this.#promised.get(key) ?? []) {
      if (promised.version <= version) continue
      staleness = Math.max(staleness, began - promised.everywhereAt)
      unexcused = Math.max(unexcused, began - this.#boundFrom(promised))
      if (promised.writer === reader && began > promised.at) isOwn = true
    }
    return { staleness, unexcused, isOwn }
  }

  #boundFrom({ everywhereAt }: Promised): number {
    const loss = this.#losses.find(
      ({ from, until }) => from <= everywhereAt && everywhereAt < until,
    )
    return loss?.until ?? everywhereAt
  }
}
