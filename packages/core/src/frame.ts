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
 *          …        payload
 *
 * A counter is of format version 2, so that Redis itself can add to it: there is no checksum (0) and no
 * codec (0), in the place of the load's milliseconds stand those for which L1 may hold it without being
 * told (0: it is told of each change), and the payload is the number in decimal.
 */
const VERSION = 1
export const COUNTER_VERSION = 2
const ABSENT = 1
/** Bytes that the scripts put before what `encodeFrame` returns. */
export const STAMP_BYTES = 32
const HEADER_BYTES = 18
const CHECKED_FROM = STAMP_BYTES + 5
const TAGS_AT = STAMP_BYTES + 16

export interface FrameContent {
  readonly isAbsent: boolean
  readonly codecId: number
  readonly grace: number
  readonly cost: number
  readonly tags: readonly string[]
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
  const frame = encode(VERSION, content)
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
  let size = HEADER_BYTES + content.payload.byteLength
  for (const tag of tags) size += 2 + tag.length
  const frame = Buffer.allocUnsafe(size)
  frame[0] = version
  frame.writeUInt32BE(0, 1)
  frame[5] = content.isAbsent ? ABSENT : 0
  frame[6] = content.codecId
  frame[7] = 0
  frame.writeUInt32BE(Math.min(Math.ceil(content.grace), 0xffff_ffff), 8)
  frame.writeUInt32BE(Math.min(Math.ceil(content.cost), 0xffff_ffff), 12)
  let at = frame.writeUInt16BE(tags.length, 16)
  for (const tag of tags) {
    at = frame.writeUInt16BE(tag.length, at)
    at += tag.copy(frame, at)
  }
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
  if (version !== VERSION && version !== COUNTER_VERSION) {
    throw new FrameError(`frame format ${version} is not known`)
  }
  if (version === VERSION && crc32(bytes.subarray(CHECKED_FROM)) !== bytes.readUInt32BE(33)) {
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
    cost: version === VERSION ? cost : 0,
    tags,
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
