import type { Context } from '../context.ts'
import { nextLook } from './ahead.ts'
import { Entry, type EntryExtras } from '../entry.ts'
import { type Extras, type Frame, STAMP_BYTES, checkOf, decodeFrame } from '../frame.ts'
import type { View } from '../coherence/view.ts'
import { isCoherent } from '../coherence/is-coherent.ts'
import { install } from '../install.ts'
import { decodeValue } from '../payload.ts'
import type { Policy } from '../policy.ts'
import { ReadFlight } from './read-batch.ts'
import type { Shard, Shared } from '../shard.ts'
import type { L2Read, Meta } from '../tiers.ts'

/** What L2 has for a key: an entry, fresh or not; nothing that may be used; or no answer. */
export type Found = Entry | 'absent' | 'unavailable'

/** How often a read that was overtaken, or did not know all tags, is sent again. */
const MOST_ATTEMPTS = 3
const NO_EXTRAS: Extras = Object.freeze({ etag: '', lastModified: undefined, sliding: undefined })
const UNAVAILABLE: Promise<Found> = Promise.resolve('unavailable')

/**
 * Looks a key up in L2, in one round trip shared with the other reads of the tick, and puts what it
 * finds into L1. Concurrent callers share one read.
 */
export function find(
  context: Context,
  shard: Shard,
  key: string,
  policy: Policy,
  now: number = context.clock.now(),
): Promise<Found> {
  const flight = shard.reads.joinable(key, now, shard.view.bound)
  return flight === undefined
    ? findAnew(context, shard, key, policy, now)
    : (flight.promise as Promise<Found>)
}

/** The same with a read of its own, for a caller who knows that something was stored just now. */
export function findAnew(
  context: Context,
  shard: Shard,
  key: string,
  policy: Policy,
  now: number = context.clock.now(),
): Promise<Found> {
  const { shared, view } = shard
  if (shared === undefined || shared.l2.isOpen) return UNAVAILABLE
  const flight = new ReadFlight(key, now, policy)
  flight.promise = new Promise((settle) => {
    flight.settle = settle
  })
  shard.reads.start(flight)
  if (isReadable(context, view, now)) shared.reads.add(flight)
  else addOnceKnown(context, shard, shared, flight)
  return flight.promise as Promise<Found>
}

/** Whether L2 may be read and, for a strict primary, the beat is answered. */
export function isReadable({ settings }: Context, view: View, now: number): boolean {
  return view.isReadable && (!settings.strictPrimary || now <= view.trustUntil)
}

function addOnceKnown(context: Context, shard: Shard, shared: Shared, flight: ReadFlight): void {
  context.deadline
    .bound(shared.watch.known(context.settings.strictPrimary), () => new Error('numbering unknown'))
    .then(
      () => {
        flight.dirty = 0 // nothing was read yet, so nothing was overtaken
        flight.isClosed = false
        shared.reads.add(flight)
      },
      () => end(shard, flight, 'unavailable'), // reported by the watch
    )
}

function end(shard: Shard, flight: ReadFlight, found: Found): void {
  shard.reads.end(flight)
  flight.settle(found)
}

/** L2 did not answer: the flight ends without a value. */
export function onReadFailed(shard: Shard, flight: ReadFlight): void {
  end(shard, flight, 'unavailable')
}

/** Judges what one read brought: coherent and readable, or absent. */
export function onRead(
  context: Context,
  shard: Shard,
  shared: Shared,
  flight: ReadFlight,
  reply: L2Read,
  bytes: Buffer | null,
  records: ReadonlyMap<string, number | undefined>,
  sentAt: number,
): void {
  const { meta } = reply
  shared.watch.noticed(meta)
  flight.policy.family.absences.note(bytes === null)
  if (bytes === null || meta === undefined) return end(shard, flight, 'absent')
  const isOvertaken = shard.view.matches(meta)
    ? flight.dirty > shard.view.local(meta.seq)
    : flight.dirty > 0
  if (isOvertaken && flight.attempts < MOST_ATTEMPTS)
    return readAgain(context, shard, shared, flight, flight.tags)
  try {
    const frame = decodeFrame(bytes)
    const unread = frame.tags.filter((tag) => !records.has(tag))
    if (unread.length > 0) {
      if (flight.attempts >= MOST_ATTEMPTS) return end(shard, flight, 'absent')
      return readAgain(context, shard, shared, flight, [...flight.tags, ...unread])
    }
    if (!isCoherent(frame, meta, records)) return end(shard, flight, 'absent')
    end(shard, flight, enter(context, shard, shared, flight, meta, frame, bytes, sentAt))
  } catch (error) {
    context.counters.frameErrors++
    context.report.tier({ shard: shard.index, state: 'error', error })
    end(shard, flight, 'absent')
  }
}

function readAgain(
  context: Context,
  shard: Shard,
  shared: Shared,
  flight: ReadFlight,
  tags: readonly string[],
): void {
  flight.attempts++
  flight.tags = tags
  flight.dirty = 0 // what overtook the last read was before this one
  if (isReadable(context, shard.view, context.clock.now())) shared.reads.add(flight)
  else addOnceKnown(context, shard, shared, flight)
}

function enter(
  context: Context,
  shard: Shard,
  shared: Shared,
  flight: ReadFlight,
  meta: Meta,
  frame: Frame,
  bytes: Buffer,
  at: number,
): Entry {
  const { counters } = context
  const { view } = shard
  const size = bytes.length
  const check = checkOf(bytes.subarray(STAMP_BYTES))
  const { key, policy } = flight
  const { family, earlyRefresh } = policy
  const { settings } = family
  const { tags, cost } = frame
  const value = family.isolate(decodeValue(settings, key, frame))
  const ends = shared.watch.localTime(frame.expiresAt)
  const longest = frame.isExpired ? 0 : (frame.window ?? Infinity)
  const freshUntil = Math.min(ends, at + longest)
  const extras: EntryExtras | undefined = frame.extras && { ...frame.extras, tags, check }
  const lookAt = nextLook(context, {
    ends: freshUntil,
    ttl: policy.ttl,
    cost,
    earlyRefresh,
    extras,
  })
  const hitUntil = Math.min(lookAt, at + settings.l1Ttl)
  if (view.matches(meta)) {
    const stamp = view.local(meta.seq)
    const candidate = { key, value, stamp, at, freshUntil, hitUntil, extras, tags, size }
    const entry = install(shard, shard.reads, flight, candidate)
    if (entry !== undefined) return entry
  }
  counters.overtaken++
  const named = extras ?? { ...NO_EXTRAS, tags, check } // it has no cells to tell its tags by
  return new Entry(value, -1, at, freshUntil, [], view, size, hitUntil, named)
}
