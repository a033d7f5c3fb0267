import { readerOf } from '@tiercel/serializers'
import { isCoherent } from '../coherence/is-coherent.ts'
import type { Engine } from '../engine.ts'
import { isCurrent, isServable } from '../entry.ts'
import { FrameError } from '../errors.ts'
import type { Family } from '../families/family.ts'
import { type Frame, decodeFrame } from '../frame.ts'
import { isReserved } from '../invalidate/implied-tags.ts'
import { decodeValue } from '../payload.ts'
import type { Shared } from '../shard.ts'

/** Whether an entry would be served: not if its life is over, if it was invalidated, or if that can't be ruled out. */
export type InspectedState = 'fresh' | 'expired' | 'invalidated' | 'unconfirmed'

/** What L1 has. Durations are milliseconds. */
export interface L1Inspection {
  readonly state: InspectedState
  /** Left of its life; negative: since when it is over. */
  readonly ttl: number
  /** Since it was read or loaded here. */
  readonly age: number
  /** Of the serialized value; 0 where no limit asks for it. */
  readonly bytes: number
  readonly tags: readonly string[]
}

/** What L2 has. */
export interface L2Inspection {
  readonly state: InspectedState
  readonly ttl: number
  /** How long it is kept beyond its life. */
  readonly grace: number
  /** Of all that is stored under the key. */
  readonly bytes: number
  readonly tags: readonly string[]
  /** `absent`: the remembered answer that there is none. */
  readonly kind: 'value' | 'absent' | 'counter'
  /** What its bytes were written by; absent where nothing was encoded. */
  readonly codec: string | undefined
  /** How long its load took. */
  readonly loadTime: number
  readonly etag: string | undefined
  readonly lastModified: Date | undefined
}

/** What is stored under a key, whether it would be served or not. */
export interface KeyInspection {
  readonly key: string
  /** The family that the key is of. */
  readonly family: string | undefined
  readonly l1: L1Inspection | undefined
  /** `unavailable`: Redis did not answer; `unreadable`: other bytes are stored there. */
  readonly l2: L2Inspection | 'unavailable' | 'unreadable' | undefined
  /** If it was asked for: of L1 where that is fresh, else of L2, else what L1 has. */
  readonly value?: unknown
}

/** Tags are read with the frame that names them; one that changed meanwhile is read again. */
const MOST_ATTEMPTS = 3

/** Looks without a trace: nothing enters L1, counts as used, or is counted. */
export async function inspectKey(
  engine: Engine,
  key: string,
  name: string,
  withValue: boolean,
): Promise<KeyInspection> {
  const { context, families } = engine
  const declared = families.of(name)
  const family = declared?.family ?? context.families[0]
  const held = inL1(engine, name)
  const stored = await inL2(engine, name, family, withValue)
  const isStored = typeof stored === 'object'
  const l2 = isStored ? stored.seen : stored
  const found = { key, family: declared?.name, l1: held?.seen, l2 }
  if (!withValue) return found
  if (held !== undefined && (held.seen.state === 'fresh' || !isStored)) {
    const { value } = held
    return { ...found, value: family.isCloned ? structuredClone(value) : value }
  }
  return isStored ? { ...found, value: stored.value } : found
}

function inL1(
  { l1, context }: Engine,
  name: string,
): { readonly seen: L1Inspection; readonly value: unknown } | undefined {
  const entry = l1.peek(name)
  if (entry === undefined) return undefined
  const now = context.clock.now()
  const state = !isCurrent(entry)
    ? 'invalidated'
    : now >= entry.freshUntil
      ? 'expired'
      : isServable(entry, now)
        ? 'fresh'
        : 'unconfirmed'
  const { freshUntil, at, size: bytes, tags, value } = entry
  const seen = { state, ttl: freshUntil - now, age: now - at, bytes, tags: ownTags(tags) } as const
  return { seen, value }
}

async function inL2(
  engine: Engine,
  name: string,
  { settings }: Family,
  withValue: boolean,
): Promise<
  | { readonly seen: L2Inspection; readonly value: unknown }
  | 'unavailable'
  | 'unreadable'
  | undefined
> {
  const { shared } = engine.shardOf(name)
  if (shared === undefined) return undefined
  try {
    const read = await readFrame(shared, name)
    if (read === undefined) return undefined
    const { frame, bytes, isValid } = read
    const ttl = shared.watch.localTime(frame.expiresAt) - engine.context.clock.now()
    const kind = frame.isAbsent ? 'absent' : frame.count === undefined ? 'value' : 'counter'
    const seen: L2Inspection = {
      state: !isValid ? 'invalidated' : frame.isExpired || ttl <= 0 ? 'expired' : 'fresh',
      ttl,
      grace: frame.grace,
      bytes,
      tags: ownTags(frame.tags),
      kind,
      codec: kind === 'value' ? codecName(settings.codec, frame.codecId) : undefined,
      loadTime: frame.cost,
      etag: frame.extras?.etag === '' ? undefined : frame.extras?.etag,
      lastModified: frame.extras?.lastModified,
    }
    return { seen, value: withValue ? decodeValue(settings, name, frame) : undefined }
  } catch (error) {
    return error instanceof FrameError ? 'unreadable' : 'unavailable' // the guard has reported it
  }
}

/** What is stored, judged by the numbers that were read with it. */
async function readFrame(
  { l2, watch }: Shared,
  name: string,
): Promise<{ frame: Frame; bytes: number; isValid: boolean } | undefined> {
  let tags: readonly string[] = []
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const { meta, frames, records } = await l2.read([name], tags)
    watch.noticed(meta)
    const [stored] = frames
    if (stored === null || stored === undefined) return undefined
    const frame = decodeFrame(stored)
    if (frame.tags.join('\n') === tags.join('\n')) {
      const known = new Map(tags.map((tag, i) => [tag, records[i]]))
      const isValid = meta !== undefined && isCoherent(frame, meta, known)
      return { frame, bytes: stored.length, isValid }
    }
    tags = frame.tags
  }
  return undefined // it changes with every look: there is nothing to show
}

function codecName(codec: Family['settings']['codec'], id: number): string {
  return readerOf(codec, id)?.name ?? `codec ${id}`
}

/** Those that callers gave. */
function ownTags(tags: readonly string[]): readonly string[] {
  return tags.filter((tag) => !isReserved(tag))
}
