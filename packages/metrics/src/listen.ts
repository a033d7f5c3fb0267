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

export type Handlers = { readonly [C in keyof Records]?: (record: Records[C]) => void }

type Handler = (record: never) => void

/**
 * One channel of core, heard once for all who listen here, and told apart by cache. What a listener
 * throws would end the process if it got back to the channel, so it does not.
 */
class Tap {
  readonly #channel: Channel
  readonly #handlers = new Map<string, readonly Handler[]>()
  readonly #hear = (record: unknown): void => {
    const handlers = this.#handlers.get((record as { readonly cache: string }).cache)
    if (handlers === undefined) return
    for (const handler of handlers) {
      try {
        handler(record as never)
      } catch (error) {
        complain(error)
      }
    }
  }

  constructor(name: string) {
    this.#channel = channel(name)
  }

  add(cache: string, handler: Handler): void {
    if (this.#handlers.size === 0) this.#channel.subscribe(this.#hear)
    this.#handlers.set(cache, [...(this.#handlers.get(cache) ?? []), handler])
  }

  remove(cache: string, handler: Handler): void {
    const left = (this.#handlers.get(cache) ?? []).filter((other) => other !== handler)
    if (left.length > 0) this.#handlers.set(cache, left)
    else if (this.#handlers.delete(cache) && this.#handlers.size === 0) {
      this.#channel.unsubscribe(this.#hear)
    }
  }
}

const TAPS = Object.fromEntries(
  Object.entries(CHANNELS).map(([name, full]) => [name, new Tap(full)]),
) as Readonly<Record<keyof Records, Tap>>

/** Hears what one cache reports. @returns what ends it */
export function listen(cache: { readonly id: string }, handlers: Handlers): () => void {
  const { id } = cache
  const entries = Object.entries(handlers) as [keyof Records, Handler][]
  for (const [name, handler] of entries) TAPS[name].add(id, handler)
  return () => {
    for (const [name, handler] of entries) TAPS[name].remove(id, handler)
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
