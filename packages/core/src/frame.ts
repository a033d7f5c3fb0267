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
 */
const VERSION = 1
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
}

/** The part of a frame that the storing instance writes. */
export function encodeFrame(content: FrameContent): Buffer {
  const tags = content.tags.map((tag) => Buffer.from(tag))
  let size = HEADER_BYTES + content.payload.byteLength
  for (const tag of tags) size += 2 + tag.length
  const frame = Buffer.allocUnsafe(size)
  frame[0] = VERSION
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
  frame.writeUInt32BE(crc32(frame.subarray(5)), 1)
  return frame
}

/**
 * Takes a stored frame apart. The payload is a view of `bytes`.
 *
 * @throws {FrameError} when it is damaged, or of a format that this release does not know
 */
export function decodeFrame(bytes: Buffer): Frame {
  if (bytes.length < TAGS_AT + 2) throw new FrameError(`${bytes.length} bytes are no frame`)
  if (bytes[32] !== VERSION) throw new FrameError(`frame format ${bytes[32]} is not known`)
  if (crc32(bytes.subarray(CHECKED_FROM)) !== bytes.readUInt32BE(33)) {
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
  return {
    expiresAt: Math.abs(bytes.readDoubleBE(0)),
    isExpired: bytes.readDoubleBE(0) < 0,
    start: bytes.readDoubleBE(8),
    line: bytes.toString('latin1', 16, 32),
    isAbsent: ((bytes[37] as number) & ABSENT) !== 0,
    codecId: bytes[38] as number,
    grace: bytes.readUInt32BE(40),
    cost: bytes.readUInt32BE(44),
    tags,
    payload: bytes.subarray(at),
  }
}
