import { crc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameError } from './errors.ts'
import {
  type Extras,
  type FrameContent,
  STAMP_BYTES,
  decodeFrame,
  encodeCounter,
  encodeFrame,
} from './frame.ts'

const CONTENT: FrameContent = {
  isAbsent: false,
  codecId: 2,
  grace: 3_600_000,
  cost: 12,
  tags: ['org:7', 'é😀'],
  payload: Buffer.from('payload'),
}

/** A frame as the scripts leave it: the stamp, then what the instance wrote. */
function stored(
  content: FrameContent,
  { expiresAt = 1_700_000_000_000, start = 7, line = 'l'.repeat(16) } = {},
): Buffer {
  const stamp = Buffer.alloc(STAMP_BYTES)
  stamp.writeDoubleBE(expiresAt, 0)
  stamp.writeDoubleBE(start, 8)
  stamp.write(line, 16, 'latin1')
  return Buffer.concat([stamp, encodeFrame(content)])
}

/** The same bytes with a checksum that fits, as another writer might have made them. */
function signed(frame: Buffer): Buffer {
  const copy = Buffer.from(frame)
  copy.writeUInt32BE(crc32(copy.subarray(37)), 33)
  return copy
}

const tag = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .filter((text) => !/\p{Surrogate}/u.test(text))

const extras: fc.Arbitrary<Extras> = fc.record({
  etag: fc.oneof(fc.constant(''), tag),
  lastModified: fc.option(fc.date({ noInvalidDate: true }), { nil: undefined }),
  sliding: fc.option(
    fc.record({ ttl: fc.integer({ min: 1, max: 0xffff_ffff }), window: fc.nat() }),
    { nil: undefined },
  ),
})

test('whatever is written is read the same', () => {
  fc.assert(
    fc.property(
      fc.record({
        isAbsent: fc.boolean(),
        codecId: fc.integer({ min: 1, max: 255 }),
        grace: fc.integer({ min: 0, max: 0xffff_ffff }),
        cost: fc.integer({ min: 0, max: 0xffff_ffff }),
        tags: fc.array(tag, { maxLength: 20 }),
        extras: fc.option(extras, { nil: undefined }),
        payload: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      }),
      fc.double({ noNaN: true }),
      fc.maxSafeNat(),
      fc.string({ unit: 'grapheme-ascii', minLength: 16, maxLength: 16 }),
      (content, expiresAt, start, line) => {
        const frame = decodeFrame(stored(content, { expiresAt, start, line }))
        const [end, isExpired] = [Math.abs(expiresAt), expiresAt < 0]
        expect(frame).toEqual({ ...content, expiresAt: end, isExpired, start, line })
      },
    ),
  )
})

test('durations are rounded up, and cut to what the header holds', () => {
  const frame = decodeFrame(stored({ ...CONTENT, grace: 0.2, cost: 1e12 }))
  expect([frame.grace, frame.cost]).toEqual([1, 0xffff_ffff])
  expect(decodeFrame(stored({ ...CONTENT, grace: Infinity })).grace).toBe(0xffff_ffff)
})

test('as many tags as an entry may have, each as long as it may be, fit', () => {
  const tags = Array.from({ length: 1_001 }, (_, i) => String(i).padStart(1_024, 'x'))
  expect(decodeFrame(stored({ ...CONTENT, tags })).tags).toEqual(tags)
})

test('the payload is a view and no copy, since the codec decides what to keep', () => {
  const bytes = stored(CONTENT)
  expect(decodeFrame(bytes).payload.buffer).toBe(bytes.buffer)
})

test('the bytes keep no tie to what was encoded, as a codec may use its memory again', () => {
  const payload = Buffer.from('payload')
  const bytes = stored({ ...CONTENT, payload })
  payload.fill(0)
  expect(decodeFrame(bytes).payload.toString()).toBe('payload')
})

describe('bytes that are no frame', () => {
  test('of any length are a FrameError', () => {
    const bytes = stored(CONTENT)
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeFrame(bytes.subarray(0, length))).toThrow(FrameError)
    }
    expect(() => decodeFrame(Buffer.concat([bytes, Buffer.from([0])]))).toThrow(FrameError)
  })

  test('with one bit turned anywhere behind the stamp are a FrameError', () => {
    const bytes = stored(CONTENT)
    for (let offset = STAMP_BYTES; offset < bytes.length; offset++) {
      for (let bit = 1; bit < 256; bit *= 2) {
        const damaged = Buffer.from(bytes)
        damaged[offset] = (damaged[offset] as number) ^ bit
        expect(() => decodeFrame(damaged), `offset ${offset}, bit ${bit}`).toThrow(FrameError)
      }
    }
  })

  test('with any other byte anywhere are read or a FrameError, and never another error', () => {
    const bytes = stored(CONTENT)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), (offset, byte, isSigned) => {
        const damaged = Buffer.from(bytes)
        damaged[offset] = byte
        readOrRefused(isSigned ? signed(damaged) : damaged)
      }),
      { numRuns: 2_000 },
    )
  })

  test('that are any bytes at all are a FrameError, also with a version and a checksum that fit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 40, maxLength: 120 }), (noise) => {
        const bytes = Buffer.from(noise)
        bytes[32] = 1
        expect(() => decodeFrame(bytes)).toThrow(FrameError)
        readOrRefused(signed(bytes))
      }),
    )
  })

  test('of a format that this release does not know are a FrameError that says so', () => {
    const bytes = stored(CONTENT)
    bytes[32] = 4
    expect(() => decodeFrame(bytes)).toThrow('frame format 4 is not known')
  })
})

test('a counter whose payload is no number is a FrameError', () => {
  for (const payload of ['', 'seven', 'NaN', '1e999']) {
    const counter = Buffer.concat([
      Buffer.alloc(STAMP_BYTES),
      encodeCounter(COUNTER),
      Buffer.from(payload),
    ])
    expect(() => decodeFrame(counter)).toThrow(FrameError)
  }
})
const COUNTER = { grace: 0, window: 0, tags: ['t'] }

test('tags that end beyond the frame are a FrameError, though the checksum fits', () => {
  const many = stored({ ...CONTENT, tags: ['a'], payload: Buffer.alloc(0) })
  many.writeUInt16BE(2, 48)
  expect(() => decodeFrame(signed(many))).toThrow(FrameError)
  const long = stored({ ...CONTENT, tags: ['a'], payload: Buffer.alloc(0) })
  long.writeUInt16BE(2, 50)
  expect(() => decodeFrame(signed(long))).toThrow(FrameError)
})

function readOrRefused(bytes: Buffer): void {
  try {
    decodeFrame(bytes)
  } catch (error) {
    if (!(error instanceof FrameError)) throw error
  }
}
