import { setTimeout as delay } from 'node:timers/promises'
import { ITEMS, type Invalidates, type Item, type Written } from '../catalog.ts'
import { hostNow } from '../clock.ts'
import { type Random, between, seeded } from '../random.ts'
import type { Calls } from './calls.ts'
import type { Acknowledged } from './messages.ts'
import type { Reads } from './reads.ts'

/** What is read and written. */
export interface Store {
  read(id: number): Promise<Item>
  write(id: number, invalidates: Invalidates, pause: number): Promise<Written>
}

/** What the traffic of one instance is made of. */
export interface TrafficOptions {
  readonly seed: number
  readonly instance: number
  /** Reads a second. */
  readonly rate: number
}

/** Milliseconds between two bursts of reads, and bursts that are made up for after a stall. */
const BURST_EVERY = 4
const MOST_BURSTS = 5
/** Pauses in milliseconds: of a writer, and before it invalidates. */
const WRITE_PAUSE = [30, 200] as const
const COMMIT_PAUSE = 25
/** How long an instance goes on writing, and how long it then only reads. */
const WRITES_FOR = [1_500, 4_000] as const
const SILENT_FOR = [1_000, 12_000] as const
/** Writes that invalidate by tag, and by clear: few, since they hide what the others miss. */
const TAG_SHARE = 0.08
const CLEAR_SHARE = 0.006
const AT_ONCE = 16

/**
 * The callers of one instance: reads in bursts, so that a timer does not cost more than what it is
 * for, and writes now and then.
 */
export class Traffic {
  readonly #store: Store
  readonly #reads: Reads
  readonly #calls: Calls
  readonly #acknowledge: (acknowledged: Acknowledged) => void
  readonly #options: TrafficOptions
  readonly #over = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  constructor(
    store: Store,
    seen: { readonly reads: Reads; readonly calls: Calls },
    acknowledge: (acknowledged: Acknowledged) => void,
    options: TrafficOptions,
  ) {
    this.#store = store
    this.#reads = seen.reads
    this.#calls = seen.calls
    this.#acknowledge = acknowledge
    this.#options = options
  }

  begin(): void {
    const { seed, instance } = this.#options
    this.#running = Promise.all([
      this.#readOn(seeded(seed, `reader ${instance}`)),
      this.#writeOn(seeded(seed, `writer ${instance}`)),
    ])
  }

  /** Resolves when the last write is over. */
  async end(): Promise<void> {
    this.#over.abort()
    await this.#running
  }

  /** Reads every item once. */
  async readAll(): Promise<void> {
    const ids = Array.from({ length: ITEMS }, (_, id) => id).values()
    const reader = async (): Promise<void> => {
      for (const id of ids) await this.#read(id)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, reader))
  }

  async #readOn(random: Random): Promise<void> {
    const { rate } = this.#options
    const most = (rate * BURST_EVERY * MOST_BURSTS) / 1_000
    let [due, last] = [0, hostNow()]
    while (!this.#over.signal.aborted) {
      const now = hostNow()
      due = Math.min(due + (rate * (now - last)) / 1_000, most)
      last = now
      // Some items are read more often than others, so that each tier has its share.
      for (; due >= 1; due--) void this.#read(Math.floor(random() ** 2 * ITEMS))
      await this.#pause(BURST_EVERY)
    }
  }

  // An instance that does not write for a while learns of no outage by its own writes: what it holds
  // is then kept within the bound by the bound alone.
  async #writeOn(random: Random): Promise<void> {
    while (!this.#over.signal.aborted) {
      const until = hostNow() + between(random, ...WRITES_FOR)
      while (!this.#over.signal.aborted && hostNow() < until) {
        await this.#pause(between(random, ...WRITE_PAUSE))
        await this.#write(random)
      }
      await this.#pause(between(random, ...SILENT_FOR))
    }
  }

  async #read(id: number): Promise<void> {
    const began = hostNow()
    const item = await this.#calls.watch('read', id, this.#store.read(id))
    if (item !== undefined) this.#reads.add(id, item.version, began)
  }

  async #write(random: Random): Promise<void> {
    const id = Math.floor(random() * ITEMS)
    const [by, pause] = [invalidates(random), random() * COMMIT_PAUSE]
    const written = await this.#calls.watch('write', id, this.#store.write(id, by, pause))
    if (written === undefined) return
    this.#acknowledge({ type: 'acknowledged', id, invalidates: by, at: hostNow(), ...written })
    await this.#read(id) // at once: here it must be true
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#over.signal }).catch(() => {})
  }
}

function invalidates(random: Random): Invalidates {
  const chance = random()
  if (chance < CLEAR_SHARE) return 'clear'
  return chance < CLEAR_SHARE + TAG_SHARE ? 'tag' : 'key'
}
