import { type Channel, channel } from 'node:diagnostics_channel'
import {
  type BeatRecord,
  type BusRecord,
  CHANNELS,
  type CodecRecord,
  type InvalidationRecord,
  type LoadRecord,
  type QueueRecord,
  type ReadRecord,
  type TierRecord,
  type TripRecord,
  type WriteRecord,
} from '@tiercel/core'

/** What comes on each of core's channels. */
export interface Records {
  readonly read: ReadRecord
  readonly load: LoadRecord
  readonly write: WriteRecord
  readonly invalidation: InvalidationRecord
  readonly tier: TierRecord
  readonly trip: TripRecord
  readonly codec: CodecRecord
  readonly bus: BusRecord
  readonly beat: BeatRecord
  readonly queue: QueueRecord
}

export type Handlers = {
  /** `read` is told of all reads but the hits in L1, which are `hit`: most want to know nothing of them. */
  readonly [C in keyof Records]?: (record: Records[C]) => void
} & { readonly hit?: (record: ReadRecord) => void }

type Handler = (record: never) => void

/** Who listens to one kind of record, by the cache that it is about. */
class Listeners {
  readonly #handlers = new Map<string, readonly Handler[]>()
  // Most processes have one cache: comparing a text with itself costs less than looking it up.
  #last: readonly Handler[] = []
  #lastCache = ''

  /** What a listener throws would end the process if it got back to the channel, so it does not. */
  tell(record: { readonly cache: string }): void {
    const handlers = record.cache === this.#lastCache ? this.#last : this.#of(record.cache)
    for (const handler of handlers) {
      try {
        handler(record as never)
      } catch (error) {
        complain(error)
      }
    }
  }

  add(cache: string, handler: Handler): void {
    this.#set(cache, [...(this.#handlers.get(cache) ?? []), handler])
  }

  remove(cache: string, handler: Handler): void {
    const handlers = this.#handlers.get(cache) ?? []
    this.#set(
      cache,
      handlers.filter((other) => other !== handler),
    )
  }

  get isEmpty(): boolean {
    return this.#handlers.size === 0
  }

  #of(cache: string): readonly Handler[] {
    this.#last = this.#handlers.get(cache) ?? NOBODY
    this.#lastCache = cache
    return this.#last
  }

  #set(cache: string, handlers: readonly Handler[]): void {
    if (handlers.length === 0) this.#handlers.delete(cache)
    else this.#handlers.set(cache, handlers)
    this.#lastCache = ''
  }
}

const NOBODY: readonly Handler[] = []

/** One channel of core, heard once for all who listen here. */
class Tap {
  readonly #channel: Channel
  readonly #hear: (record: unknown) => void
  readonly #kinds: readonly Listeners[]
  #isHearing = false

  constructor(name: string, hear: (record: never) => void, ...kinds: readonly Listeners[]) {
    this.#channel = channel(name)
    this.#hear = hear as (record: unknown) => void
    this.#kinds = kinds
  }

  /** Hears the channel as long as somebody listens. */
  adjust(): void {
    const isWanted = this.#kinds.some(({ isEmpty }) => !isEmpty)
    if (isWanted === this.#isHearing) return
    this.#isHearing = isWanted
    if (isWanted) this.#channel.subscribe(this.#hear)
    else this.#channel.unsubscribe(this.#hear)
  }
}

const HITS = new Listeners()
const LISTENERS = Object.fromEntries(
  Object.keys(CHANNELS).map((name) => [name, new Listeners()]),
) as Readonly<Record<keyof Records, Listeners>>
const TAPS = Object.entries(CHANNELS).map(([name, full]) => {
  const listeners = LISTENERS[name as keyof Records]
  if (name !== 'read') return new Tap(full, (record) => listeners.tell(record), listeners)
  const hear = (record: ReadRecord): void => {
    if (record.outcome === 'hit-l1') HITS.tell(record)
    else listeners.tell(record)
  }
  return new Tap(full, hear, listeners, HITS)
})

/** Hears what one cache reports. @returns what ends it */
export function listen(cache: { readonly id: string }, handlers: Handlers): () => void {
  const { id } = cache
  const entries = Object.entries(handlers) as [keyof Handlers, Handler][]
  const listenersOf = (kind: keyof Handlers): Listeners => (kind === 'hit' ? HITS : LISTENERS[kind])
  for (const [kind, handler] of entries) listenersOf(kind).add(id, handler)
  for (const tap of TAPS) tap.adjust()
  return () => {
    for (const [kind, handler] of entries) listenersOf(kind).remove(id, handler)
    for (const tap of TAPS) tap.adjust()
  }
}

let hasComplained = false

/** Tells once that something of the user's threw: as often as it happens would be another outage. */
export function complain(error: unknown): void {
  if (hasComplained) return
  hasComplained = true
  process.emitWarning(
    `a listener of @tiercel/metrics threw, and may again: ${String(error)}`,
    'TiercelMetricsWarning',
  )
}
