import { randomBytes } from 'node:crypto'
import { pause } from '../clock.ts'
import type { Context } from '../context.ts'
import { ConfigError, WriteQueueFullError } from '../errors.ts'
import { STAMP_BYTES, decodeFrame } from '../frame.ts'
import { beginOwn, encodeOwn, keepOwn } from '../write/own-value.ts'
import { decodeValue } from '../payload.ts'
import { type Policy, graceOf, jittered } from '../policy.ts'
import type { Shard } from '../shard.ts'
import type { DeadLetter, SourceWrite, WriterRules, WriterStats } from '../write/source-writer.ts'
import type { Receipt, Writer } from '../write/write.ts'
import type { SourceChange } from '../write/write-through.ts'
import { Consumer } from './consumer.ts'
import { guarded } from './guarded-queue.ts'
import type { StoredLetter, TakenWrite, WriteQueue } from './queue.ts'

/** What a write-behind needs of its cache. */
export interface BehindPlan {
  readonly context: Context
  readonly writer: Writer
  readonly shards: readonly Shard[]
  readonly shardOf: (key: string) => Shard
  readonly rules: WriterRules
  /** What holds for a write that has no policy of its own; and what all have in common. */
  readonly standard: () => Policy
  /** The caller's name of a key. */
  readonly named: (key: string) => string
  /** The queue of the shard with an index. */
  readonly open: (shard: number) => WriteQueue
}

/** Keys in one script. */
const PORTION = 100
/** Pause between looks whether a flush is done, in ms. */
const LOOK = 20
/** Part of the time for closing that goes to writing what waits. */
const TO_FLUSH = 0.8
/** How long a deleted key is remembered as such, if `negativeTtl` says nothing: the source may still have it. */
const DELETED_TTL = 5_000

/** Of a value whose family was told while it runs to keep nothing: what waits is read all the same. */
const SHORTEST_TTL = 1

interface Lane {
  readonly shard: Shard
  readonly queue: WriteQueue
  readonly consumer: Consumer
}

/** The cache and a queue by one script, the source of truth later: acknowledged when Redis has both. */
export class WriteBehind {
  readonly #plan: BehindPlan
  readonly #lanes: readonly Lane[]
  #checked: Promise<void> | undefined

  constructor(plan: BehindPlan) {
    const { context, rules, shards } = plan
    this.#plan = plan
    if (plan.standard().ttl <= 0)
      throw new ConfigError(`the writer "${rules.name}" needs a ttl above 0`)
    const name = randomBytes(9).toString('base64url')
    this.#lanes = shards.map((shard) => {
      if (shard.shared === undefined) {
        throw new ConfigError(`the writer "${rules.name}" needs redis for mode "behind"`)
      }
      const queue = guarded(plan.open(shard.index), shard.shared.l2)
      const consumer = new Consumer({
        context,
        rules,
        shard: shard.index,
        name,
        queue,
        decode: (write) => this.#decode(write),
        onBuried: async (key) => void (await plan.writer.delete([key], {})),
      })
      shard.restore = (key) => queue.restore(key)
      return { shard, queue, consumer }
    })
  }

  get written(): number {
    return this.#sum(({ consumer }) => consumer.written)
  }

  /**
   * @throws {WriteQueueFullError} {TierError}, `FrameError`; `ConfigError` on a server that may drop the queue
   */
  async write(changes: ReadonlyMap<string, SourceChange>): Promise<Receipt> {
    await this.#write(changes, false)
    return 'everywhere'
  }

  /** Whether all of them are queued; else, with `isNew`, one waits already. */
  async #write(changes: ReadonlyMap<string, SourceChange>, isNew: boolean): Promise<boolean> {
    this.#checked ??= this.#checkEviction().catch((error: unknown) => {
      this.#checked = undefined
      throw error
    })
    await this.#checked
    const parts: Promise<boolean>[] = []
    for (const lane of this.#lanes) {
      const own = [...changes].filter(([key]) => this.#plan.shardOf(key) === lane.shard)
      for (const [policy, entries] of byPolicy(own)) {
        for (let i = 0; i < entries.length; i += PORTION) {
          parts.push(this.#enqueue(lane, policy, entries.slice(i, i + PORTION), isNew))
        }
      }
    }
    const done = await Promise.allSettled(parts)
    const failed = done.find((part) => part.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return done.every((part) => part.status === 'fulfilled' && part.value)
  }

  /** Whether all that was acknowledged before was written in time. */
  async flush(within: number): Promise<boolean> {
    const end = this.#plan.context.clock.now() + within
    return (await Promise.all(this.#lanes.map((lane) => this.#flushed(lane, end)))).every(Boolean)
  }

  /** Writes what it can in the time, and leaves the rest to the other instances, or to the next. */
  async drain(within: number): Promise<void> {
    await this.flush(within * TO_FLUSH)
    await Promise.all(this.#lanes.map(({ consumer }) => consumer.stop(within * (1 - TO_FLUSH))))
  }

  async stats(): Promise<WriterStats> {
    const states = await Promise.all(this.#lanes.map(({ queue }) => queue.state(false)))
    const sum = (of: (state: (typeof states)[number]) => number): number =>
      states.reduce((total, state) => total + of(state), 0)
    return {
      written: this.written,
      failedCalls: this.#sum(({ consumer }) => consumer.failedCalls),
      held: this.#sum(({ consumer }) => consumer.held),
      depth: sum(({ depth }) => depth),
      taken: sum(({ taken }) => taken),
      lag: Math.max(...states.map(({ lag }) => lag)),
      deadLetters: sum(({ deadLetters }) => deadLetters),
    }
  }

  async deadLetters(limit: number): Promise<readonly DeadLetter[]> {
    const lists = await Promise.all(
      this.#lanes.map(async ({ queue, shard }) => {
        const letters = await queue.letters('-', limit)
        return letters.map((letter) => this.#letter(shard.index, letter))
      }),
    )
    return lists.flat()
  }

  async redrive(letter: DeadLetter): Promise<boolean> {
    const [lane, id] = this.#laneOf(letter)
    const [stored] = await lane.queue.letters(before(id), 1)
    if (stored === undefined || stored.id !== id) return false
    const { key, frame } = stored
    const value = this.#value(key, frame)
    const policy = { ...this.#plan.standard(), tags: this.#frame(frame).tags }
    if (!(await this.#write(new Map([[key, { value, policy }]]), true))) return false
    return lane.queue.dropLetter(id)
  }

  async drop(letter: DeadLetter): Promise<boolean> {
    const [lane, id] = this.#laneOf(letter)
    return lane.queue.dropLetter(id)
  }

  async #enqueue(
    { shard, queue, consumer }: Lane,
    policy: Policy,
    entries: readonly (readonly [string, unknown])[],
    isNew: boolean,
  ): Promise<boolean> {
    const { context, rules } = this.#plan
    const { tags } = policy
    const grace = graceOf(policy)
    const began = context.clock.now()
    const values = entries.map(([key, value]) => {
      const ttl =
        value === undefined
          ? policy.negativeTtl || DELETED_TTL
          : Math.max(SHORTEST_TTL, jittered(context, policy.ttl))
      return { key, value, ttl, frame: encodeOwn(key, { value, ttl, policy }) }
    })
    const flights = values.map(({ key }) => beginOwn(shard, key, began))
    try {
      const { reply, committed } = await shard.originator.attempt(
        values.map(({ key }) => key),
        (_, payload) =>
          queue.enqueue({ values, grace, tags, limit: rules.queue.maxLength, isNew }, payload),
        { isTold: ({ outcome }) => outcome === 'queued', isHealed: false },
      )
      if (reply.outcome === 'waits') return false
      if (reply.outcome === 'full') {
        const keys = values.map(({ key }) => key)
        context.report.queue({ writer: rules.name, shard: shard.index, event: 'full', keys, ms: 0 })
        throw new WriteQueueFullError(rules.name, rules.queue.maxLength)
      }
      flights.forEach((flight, i) => {
        const { value, ttl, frame } = values[i] as (typeof values)[number]
        keepOwn(context, shard, flight, { value, ttl, policy, frame }, committed)
      })
      consumer.wake(rules.queue.maxDelay)
      return true
    } finally {
      for (const flight of flights) shard.sets.end(flight)
    }
  }

  /**
   * Two passes: a key that was written again while it was being written has a new place, which may be
   * behind the mark though its write is before it.
   */
  async #flushed({ queue, consumer }: Lane, end: number): Promise<boolean> {
    const { clock } = this.#plan.context
    for (let pass = 0; pass < 2; pass++) {
      let mark: number | undefined
      for (;;) {
        const state = await queue.state(false).catch(() => undefined) // reported by the guard
        if (state !== undefined) {
          mark ??= state.last
          if (state.oldest === 0 || state.oldest > mark) break
        }
        if (clock.now() >= end) return false
        consumer.wake(0)
        await pause(clock, LOOK)
      }
    }
    return true
  }

  /** A server that drops keys which have no ttl when its memory is full would drop what it acknowledged. */
  async #checkEviction(): Promise<void> {
    const [lane] = this.#lanes
    await lane?.shard.originator.followed() // the connection may be being made
    const eviction = (await lane?.queue.state(true))?.eviction ?? ''
    if (!eviction.startsWith('allkeys')) return
    throw new ConfigError(
      `the writer "${this.#plan.rules.name}" can't promise anything on a Redis with maxmemory-policy ` +
        `${eviction}, which may drop its queue: use noeviction or one of volatile-*`,
    )
  }

  #decode(write: TakenWrite): SourceWrite {
    const { key, number, frame } = write
    return { key: this.#plan.named(key), value: this.#value(key, frame), number }
  }

  #value(key: string, frame: Buffer): unknown {
    return decodeValue(this.#plan.standard().family.settings, key, this.#frame(frame))
  }

  #frame(frame: Buffer): ReturnType<typeof decodeFrame> {
    return decodeFrame(Buffer.concat([Buffer.alloc(STAMP_BYTES), frame]))
  }

  #letter(shard: number, { id, key, number, error, attempts, frame }: StoredLetter): DeadLetter {
    const about = { id: `${shard}:${id}`, key: this.#plan.named(key), number, error, attempts }
    try {
      return { ...about, value: this.#value(key, frame), isReadable: true }
    } catch {
      return { ...about, value: undefined, isReadable: false } // to be seen and dropped like the others
    }
  }

  #laneOf({ id }: DeadLetter): readonly [Lane, string] {
    const [, shard, own] = /^(\d+):(.+)$/.exec(id) ?? []
    const lane = this.#lanes[Number(shard)]
    if (own === undefined || lane === undefined) {
      throw new ConfigError(`no dead letter has the id ${id}`)
    }
    return [lane, own]
  }

  #sum(of: (lane: Lane) => number): number {
    return this.#lanes.reduce((total, lane) => total + of(lane), 0)
  }
}

/** One script writes with one policy. */
function byPolicy(
  changes: readonly (readonly [string, SourceChange])[],
): ReadonlyMap<Policy, (readonly [string, unknown])[]> {
  const grouped = new Map<Policy, (readonly [string, unknown])[]>()
  for (const [key, { value, policy }] of changes) {
    const entries = grouped.get(policy)
    if (entries === undefined) grouped.set(policy, [[key, value]])
    else entries.push([key, value])
  }
  return grouped
}

/** The id just before `id` in a stream: what is listed after it begins with `id`. */
function before(id: string): string {
  const [ms, n] = id.split('-') as [string, string]
  return n === '0' ? `${BigInt(ms) - 1n}-18446744073709551615` : `${ms}-${BigInt(n) - 1n}`
}
