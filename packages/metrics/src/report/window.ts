import type { CacheStats } from '@tiercel/core'
import { NO_FAMILY } from '../families.ts'

/** What is heard of one family in one slice of time. */
export class Tally {
  loads = 0
  loadMs = 0
  /** Loads of keys that were loaded before, and that nobody had invalidated since. */
  reloads = 0
  failed = 0
  values = 0
  bytes = 0
}

/** What became of one key since it was loaded. */
export interface KeyTally {
  readonly family: string
  readonly since: number
  loads: number
  reads: number
  isInvalidated: boolean
}

/** One slice: what was heard in it, and what the cache had counted when it began. */
class Slice {
  readonly at: number
  readonly stats: CacheStats
  readonly families: Map<string, Tally> = new Map()
  trips = 0
  tripMs = 0

  constructor(at: number, stats: CacheStats) {
    this.at = at
    this.stats = stats
  }
}

const SLICES = 10

/** The last while, in slices that fall off one by one; and a bounded table of keys. */
export class SlidingWindow {
  readonly length: number
  readonly #maxFamilies: number
  readonly #maxKeys: number
  #slices: Slice[] = []
  #keys = new Map<string, KeyTally>()
  #older = new Map<string, KeyTally>()
  #keysSince = 0

  constructor(length: number, maxFamilies: number, maxKeys: number) {
    this.length = length
    this.#maxFamilies = maxFamilies
    this.#maxKeys = maxKeys
  }

  /** Begins a slice if it is time, and drops what is too old. */
  turn(now: number, stats: () => CacheStats): void {
    const newest = this.#slices.at(-1)
    if (newest === undefined || now - newest.at >= this.length / SLICES) {
      this.#slices.push(new Slice(now, stats()))
    }
    if (this.#slices.length > SLICES + 1) this.#slices = this.#slices.slice(-(SLICES + 1))
    if (now - this.#keysSince >= this.length) {
      this.#older = this.#keys
      this.#keys = new Map()
      this.#keysSince = now
    }
  }

  get began(): { readonly at: number; readonly stats: CacheStats } {
    return this.#slices[0] as Slice
  }

  tally(family: string | undefined): Tally {
    const { families } = this.#newest
    const name = family ?? NO_FAMILY
    let tally = families.get(name)
    if (tally !== undefined) return tally
    tally = new Tally()
    if (families.size < this.#maxFamilies) families.set(name, tally)
    return tally
  }

  trip(ms: number): void {
    const slice = this.#newest
    slice.trips++
    slice.tripMs += ms
  }

  /** Milliseconds of a read from L2; `undefined` if there was none. */
  get meanTrip(): number | undefined {
    const trips = this.#slices.reduce((sum, slice) => sum + slice.trips, 0)
    return trips === 0
      ? undefined
      : this.#slices.reduce((sum, slice) => sum + slice.tripMs, 0) / trips
  }

  /** What was heard of each family in all slices. */
  sums(): Map<string, Tally> {
    const sums = new Map<string, Tally>()
    for (const { families } of this.#slices) {
      for (const [family, tally] of families) {
        const sum = sums.get(family) ?? new Tally()
        for (const name of Object.keys(tally) as (keyof Tally)[]) sum[name] += tally[name]
        sums.set(family, sum)
      }
    }
    return sums
  }

  read(key: string): void {
    const tally = this.#keys.get(key)
    if (tally !== undefined) tally.reads++
  }

  invalidated(key: string): void {
    const tally = this.#keys.get(key)
    if (tally !== undefined) tally.isInvalidated = true
  }

  /** Every key may have been invalidated. */
  invalidatedAll(): void {
    for (const tally of this.#keys.values()) tally.isInvalidated = true
  }

  /** @returns whether the key was loaded before, and not invalidated since */
  loaded(key: string, family: string | undefined, now: number): boolean {
    const known = this.#keys.get(key)
    if (known === undefined) {
      if (this.#keys.size >= this.#maxKeys) return false
      this.#keys.set(key, {
        family: family ?? NO_FAMILY,
        since: now,
        loads: 1,
        reads: 0,
        isInvalidated: false,
      })
      return false
    }
    const isAgain = !known.isInvalidated
    known.loads++
    known.isInvalidated = false
    return isAgain
  }

  /** The keys that are known, of this window and the one before. */
  *keys(): Generator<readonly [key: string, tally: KeyTally]> {
    yield* this.#keys
    for (const [key, tally] of this.#older) if (!this.#keys.has(key)) yield [key, tally]
  }

  get #newest(): Slice {
    return this.#slices.at(-1) as Slice
  }
}
