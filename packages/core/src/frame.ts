import { crc32 } from 'node:zlib'
import { FrameError } from './errors.ts'

/**
 * What is stored under an entry's key, all numbers big-endian:
 *
 *     offset  size  written by the scripts, since only Redis knows them
 *          0     8  end of freshness, float64, milliseconds of Redis' clock; negative: it is over,
 *                   by `expire`, whatever the clocks say
 *          8     8  start: number of the last invalidation that the value reflects, float64
 *         16    16  line
 *                   written by the instance that stores the value
 *         32     1  format version
 *         33     4  CRC-32 of all that follows
 *         37     1  flags: bit 0, "there is none"
 *         38     1  id of the codec
 *         39     1  reserved, 0
 *         40     4  grace: milliseconds that the entry is kept beyond its freshness
 *         44     4  milliseconds that the load took
 *         48     2  number of tags, then for each its length in bytes (2) and its UTF-8
 *                   in version 3 alone, which is written where there is something to say:
 *          …     4  sliding life: ttl that a read gives it again, milliseconds; 0: none
 *          …     4  and how much of that has to be over before one does
 *          …     8  when the source changed it last, float64, milliseconds since 1970; NaN: unknown
 *          …     2  length of the etag in bytes, then its UTF-8
 *                   in all
 *          …        payload
 *
 * A counter is of format version 2, so that Redis itself can add to it: there is no checksum (0) and no
 * codec (0), in the place of the load's milliseconds stand those for which L1 may hold it without being
 * told (0: it is told of each change), and the payload is the number in decimal.
 */
const PLAIN = 1
export const COUNTER_VERSION = 2
const EXTENDED = 3
const EXTENSION_BYTES = 18
const ABSENT = 1
/** Bytes that the scripts put before what `encodeFrame` returns. */
export const STAMP_BYTES = 32
const HEADER_BYTES = 18
const CHECKED_FROM = STAMP_BYTES + 5
const TAGS_AT = STAMP_BYTES + 16

/** What few entries have beside their value. */
export interface Extras {
  /** The source's name for this version of the value; empty: it has none. */
  readonly etag: string
  readonly lastModified: Date | undefined
  readonly sliding: Sliding | undefined
}

/** A life that reads prolong: to `ttl` again, once `window` of it is over. Milliseconds. */
export interface Sliding {
  readonly ttl: number
  readonly window: number
}

export interface FrameContent {
  readonly isAbsent: boolean
  readonly codecId: number
  readonly grace: number
  readonly cost: number
  readonly tags: readonly string[]
  readonly extras?: Extras | undefined
  readonly payload: Uint8Array
}

/** An entry as it is stored, checked and taken apart. */
export interface Frame extends FrameContent {
  readonly expiresAt: number
  /** Made stale by a caller: not fresh by any clock. */
  readonly isExpired: boolean
  readonly start: number
  readonly line: string
  /** The number, if it is a counter. */
  readonly count?: number
  /** Milliseconds for which L1 may hold the counter, whose changes are not told one by one. */
  readonly window?: number
}

/** The part of a frame that the storing instance writes. */
export function encodeFrame(content: FrameContent): Buffer {
  const frame = encode(content.extras === undefined ? PLAIN : EXTENDED, content)
  frame.writeUInt32BE(crc32(frame.subarray(5)), 1)
  return frame
}

/** The same for a counter; without `count` it lacks its payload, which Redis writes. */
export function encodeCounter(content: {
  readonly grace: number
  readonly window: number
  readonly tags: readonly string[]
  readonly count?: number
}): Buffer {
  const { grace, window: cost, tags, count } = content
  const payload = Buffer.from(count === undefined ? '' : String(count))
  return encode(COUNTER_VERSION, { isAbsent: false, codecId: 0, grace, cost, tags, payload })
}

function encode(version: number, content: FrameContent): Buffer {
  const tags = content.tags.map((tag) => Buffer.from(tag))
  const extension = content.extras === undefined ? NO_BYTES : encodeExtras(content.extras)
  let size = HEADER_BYTES + extension.length + content.payload.byteLength
  for (const tag of tags) size += 2 + tag.length
  const frame = Buffer.allocUnsafe(size)
  frame[0] = version
  frame.writeUInt32BE(0, 1)
  frame[5] = content.isAbsent ? ABSENT : 0
  frame[6] = content.codecId
  frame[7] = 0
  frame.writeUInt32BE(limited(content.grace), 8)
  frame.writeUInt32BE(limited(content.cost), 12)
  let at = frame.writeUInt16BE(tags.length, 16)
  for (const tag of tags) {
    at = frame.writeUInt16BE(tag.length, at)
    at += tag.copy(frame, at)
  }
  at += extension.copy(frame, at)
  frame.set(content.payload, at)
  return frame
}

/**
 * Takes a stored frame apart. The payload is a view of `bytes`.
 *
 * @throws {FrameError} when it is damaged, or of a format that this release does not know
 */
export function decodeFrame(bytes: Buffer): Frame {
  if (bytes.length < TAGS_AT + 2) throw new FrameError(`${bytes.length} bytes are no frame`)
  const version = bytes[32] as number
  if (version !== PLAIN && version !== COUNTER_VERSION && version !== EXTENDED) {
    throw new FrameError(`frame format ${version} is not known`)
  }
  if (
    version !== COUNTER_VERSION &&
    crc32(bytes.subarray(CHECKED_FROM)) !== bytes.readUInt32BE(33)
  ) {
    throw new FrameError('the checksum does not match')
  }
  const count = bytes.readUInt16BE(TAGS_AT)
  const tags: string[] = []
  let at = TAGS_AT + 2
  for (let i = 0; i < count; i++) {
    const end = at + 2 > bytes.length ? Infinity : at + 2 + bytes.readUInt16BE(at)
    if (end > bytes.length) throw new FrameError(`a frame of ${count} tags ends in them`)
    tags.push(bytes.toString('utf8', at + 2, end))
    at = end
  }
  let extras: Extras | undefined
  if (version === EXTENDED) {
    const end =
      at + EXTENSION_BYTES > bytes.length
        ? Infinity
        : at + EXTENSION_BYTES + bytes.readUInt16BE(at + 16)
    if (end > bytes.length) throw new FrameError('a frame ends in its extension')
    extras = decodeExtras(bytes.subarray(at, end))
    at = end
  }
  const payload = bytes.subarray(at)
  const cost = bytes.readUInt32BE(44)
  return {
    expiresAt: Math.abs(bytes.readDoubleBE(0)),
    isExpired: bytes.readDoubleBE(0) < 0,
    start: bytes.readDoubleBE(8),
    line: bytes.toString('latin1', 16, 32),
    isAbsent: ((bytes[37] as number) & ABSENT) !== 0,
    codecId: bytes[38] as number,
    grace: bytes.readUInt32BE(40),
    cost: version === COUNTER_VERSION ? 0 : cost,
    tags,
    ...(extras === undefined ? {} : { extras }),
    payload,
    ...(version === COUNTER_VERSION && {
      count: countIn(payload),
      window: cost === 0 ? Infinity : cost,
    }),
  }
}

function countIn(payload: Buffer): number {
  const text = payload.toString('latin1')
  const count = Number(text)
  if (text === '' || !Number.isFinite(count)) throw new FrameError('a counter has no number')
  return count
}

/** What tells a stored frame from every other one, but for its end: the checksum. */
export function checkOf(frame: Buffer): number {
  return frame.readUInt32BE(1)
}

const NO_BYTES = Buffer.alloc(0)

function encodeExtras({ etag, lastModified, sliding }: Extras): Buffer {
  const name = Buffer.from(etag)
  const bytes = Buffer.allocUnsafe(EXTENSION_BYTES + name.length)
  bytes.writeUInt32BE(limited(sliding?.ttl ?? 0), 0)
  bytes.writeUInt32BE(limited(sliding?.window ?? 0), 4)
  bytes.writeDoubleBE(lastModified?.getTime() ?? Number.NaN, 8)
  bytes.writeUInt16BE(name.length, 16)
  name.copy(bytes, EXTENSION_BYTES)
  return bytes
}

function decodeExtras(bytes: Buffer): Extras {
  const ttl = bytes.readUInt32BE(0)
  const lastModified = bytes.readDoubleBE(8)
  return {
    etag: bytes.toString('utf8', EXTENSION_BYTES),
    lastModified: Number.isNaN(lastModified) ? undefined : new Date(lastModified),
    sliding: ttl === 0 ? undefined : { ttl, window: bytes.readUInt32BE(4) },
  }
}

function limited(milliseconds: number): number {
  return Math.min(Math.ceil(milliseconds), 0xffff_ffff)
}
