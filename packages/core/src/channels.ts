import { type Channel, channel } from 'node:diagnostics_channel'

/** How a read ended. */
export type ReadOutcome = 'hit-l1' | 'hit-l2' | 'stale' | 'grace' | 'loaded' | 'absent' | 'failed'

/** On `tiercel:read`, once for each key of each read. Values are never reported. */
export interface ReadRecord {
  readonly namespace: string
  /** The `id` of the cache, here and on every other channel. */
  readonly cache: string
  readonly key: string
  /** The template of the key's family, for a read through one. */
  readonly family?: string | undefined
  readonly outcome: ReadOutcome
  /** Milliseconds from the call to its answer; 0 for an answer from L1. */
  readonly ms: number
}

/** On `tiercel:load`, once for each run of a loader. */
export interface LoadRecord {
  readonly namespace: string
  readonly cache: string
  readonly key: string
  /** The template of the key's family, for a load through one. */
  readonly family?: string | undefined
  /** `unkept`: its ttl is 0. `isolated`: kept in L1 alone, since L2 did not take it. */
  readonly outcome: 'filled' | 'refused' | 'isolated' | 'unstored' | 'unkept' | 'failed' | 'timeout'
  readonly ms: number
  readonly error?: unknown
}

/** On `tiercel:write`, once for each call that changes something. */
export interface WriteRecord {
  readonly namespace: string
  readonly cache: string
  readonly operation:
    | 'set'
    | 'delete'
    | 'expire'
    | 'invalidateTags'
    | 'clear'
    | 'update'
    | 'increment'
    | 'sweep'
    | 'mutate'
  readonly keys: readonly string[]
  readonly tags: readonly string[]
  readonly receipt: 'replicated' | 'everywhere' | 'here'
  readonly ms: number
}

/** On `tiercel:invalidation`, when an invalidation is applied in this process. */
export interface InvalidationRecord {
  readonly namespace: string
  readonly cache: string
  /** `peer`: it came by a message. */
  readonly origin: 'here' | 'peer'
  readonly keys: readonly string[]
  readonly tags: readonly string[]
  readonly clear: boolean
  /** Of keys, for a sweep. */
  readonly patterns?: readonly string[] | undefined
  /**
   * Milliseconds since its origin sent it, for one of a peer on the same host that is listened to as
   * well. Absent where the two clocks can't be compared.
   */
  readonly lag?: number | undefined
}

/** On `tiercel:tier`, when the shared tier changes its state or answers with what can't be used. */
export interface TierRecord {
  readonly namespace: string
  readonly cache: string
  readonly tier: 'l2'
  /** Absent where the connection is meant, which all shards share. */
  readonly shard?: number
  readonly state: 'open' | 'closed' | 'error'
  readonly error?: unknown
}

/** On `tiercel:bus`, when the subscription, or what it brings, changes its state. */
export interface BusRecord {
  readonly namespace: string
  readonly cache: string
  readonly state: 'subscribed' | 'lost' | 'error' | 'gap' | 'rebased' | 'data-loss'
  /** For `gap`, `rebased` and `data-loss`; absent where the whole subscription is meant. */
  readonly shard?: number
  /** For `error`. */
  readonly error?: unknown
}

/** On `tiercel:trip`, once for each request to the shared tier; none while the breaker is open. */
export interface TripRecord {
  readonly namespace: string
  readonly cache: string
  readonly shard: number
  /** A method of the tier: `read`, `acquire`, `fill`, `change`, `hello` … */
  readonly operation: string
  readonly outcome: 'answered' | 'failed'
  readonly ms: number
}

/** On `tiercel:codec`, once for each value that becomes bytes, or is made of them. */
export interface CodecRecord {
  readonly namespace: string
  readonly cache: string
  readonly key: string
  /** The template of the key's family, for a key of one. */
  readonly family?: string | undefined
  readonly operation: 'encode' | 'decode'
  readonly outcome: 'done' | 'failed'
  /** Of the payload; 0 where it could not be made. */
  readonly bytes: number
  readonly ms: number
}

/** On `tiercel:beat`, when all is applied here that a shard had counted when it was asked. */
export interface BeatRecord {
  readonly namespace: string
  readonly cache: string
  readonly shard: number
  /** Milliseconds since it was asked: no invalidation of before has taken longer than that to get here. */
  readonly ms: number
}

/** On `tiercel:queue`, when something becomes of writes that wait for the source of truth. */
export interface QueueRecord {
  readonly namespace: string
  readonly cache: string
  readonly writer: string
  readonly shard: number
  /**
   * `written`; `retry`: they failed, and are tried again; `buried`: given up; `lost`: another instance has
   * them now; `full`: refused; `error`: the queue could not be asked.
   */
  readonly event: 'written' | 'retry' | 'buried' | 'lost' | 'full' | 'error'
  readonly keys: readonly string[]
  /** Milliseconds that the call of `write` took. */
  readonly ms: number
  readonly error?: unknown
}

/** Names of the `node:diagnostics_channel` channels that the records are published on. */
export const CHANNELS: Readonly<
  Record<
    | 'read'
    | 'load'
    | 'write'
    | 'invalidation'
    | 'tier'
    | 'trip'
    | 'codec'
    | 'bus'
    | 'beat'
    | 'queue',
    string
  >
> = Object.freeze({
  read: 'tiercel:read',
  load: 'tiercel:load',
  write: 'tiercel:write',
  invalidation: 'tiercel:invalidation',
  tier: 'tiercel:tier',
  trip: 'tiercel:trip',
  codec: 'tiercel:codec',
  bus: 'tiercel:bus',
  beat: 'tiercel:beat',
  queue: 'tiercel:queue',
})

// Callers ask `hasSubscribers` before they build a record, so that silence is free.
export const readChannel: Channel = channel(CHANNELS.read)
export const loadChannel: Channel = channel(CHANNELS.load)
export const writeChannel: Channel = channel(CHANNELS.write)
export const invalidationChannel: Channel = channel(CHANNELS.invalidation)
export const tierChannel: Channel = channel(CHANNELS.tier)
export const tripChannel: Channel = channel(CHANNELS.trip)
export const codecChannel: Channel = channel(CHANNELS.codec)
export const busChannel: Channel = channel(CHANNELS.bus)
export const beatChannel: Channel = channel(CHANNELS.beat)
export const queueChannel: Channel = channel(CHANNELS.queue)
