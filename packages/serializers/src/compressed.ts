import { asBuffer } from './as-buffer.ts'
import { byteCount } from './byte-count.ts'
import type { Codec } from './codec.ts'
import { COMPRESSIONS } from './compression.ts'
import type { Compression, CompressionAlgorithm } from './compression.ts'
import { ENVELOPE, seal, unseal } from './envelope.ts'
import { CodecConfigError, CodecError, kindOf } from './errors.ts'
import { IDS } from './ids.ts'
import { assertWrapperOrder } from './wrapper-order.ts'

/** When and how `compressed` compresses. */
export interface CompressedOptions {
  /**
   * Bytes from which compressing is tried.
   *
   * @default 1024
   */
  readonly threshold?: number
  /**
   * Algorithm to write with; every one the runtime has is read. `auto` is zstd from 4 KiB where the
   * runtime has it, else deflate. Name one while instances with and without zstd share a Redis.
   *
   * @default 'auto'
   */
  readonly algorithm?: CompressionAlgorithm | 'auto'
  /**
   * Most bytes before compression, written or read: what a small payload may grow to in memory.
   *
   * @default 64 * 1024 * 1024
   */
  readonly maxBytes?: number
}

const DEFAULTS = Object.freeze({
  threshold: 1024,
  algorithm: 'auto',
  maxBytes: 64 * 1024 * 1024,
}) satisfies Required<CompressedOptions>

/** Below this deflate is faster both ways and as small. */
const ZSTD_FROM = 4096
/** Part of the bytes that compressing has to save, or every read would pay for next to nothing. */
const WORTHWHILE = 1 / 8

const VERSION = 1
const STORED = 0
/** Envelope, method; then, if compressed, the length to come. */
const STORED_HEADER = ENVELOPE + 1
const PACKED_HEADER = STORED_HEADER + 4

/**
 * Compresses the bytes of another codec where they are large enough and it saves enough.
 *
 * @throws CodecConfigError
 */
export function compressed<T>(codec: Codec<T>, options: CompressedOptions = {}): Codec<T> {
  assertWrapperOrder('compressed', codec)
  const { algorithm, ...given } = { ...DEFAULTS, ...options }
  const threshold = byteCount('threshold', given.threshold, 0)
  const maxBytes = byteCount('maxBytes', given.maxBytes, 1)
  const choose = chooser(algorithm)
  const name = `compressed(${codec.name})`

  function assertFits(length: number, operation: 'encode' | 'decode'): void {
    if (length > maxBytes)
      throw new CodecError('too-large', name, operation, `${length} bytes, limit is ${maxBytes}`)
  }

  return {
    id: IDS.compressed,
    name,
    encode(value, context) {
      const plain = codec.encode(value, context)
      assertFits(plain.length, 'encode')
      const compression = choose(plain.length)
      const packed = plain.length < threshold ? undefined : compression.compress(plain)
      const bytes =
        packed !== undefined && packed.length < plain.length * (1 - WORTHWHILE)
          ? writePacked(compression.method, packed, plain.length)
          : writeStored(plain)
      seal(bytes, VERSION, codec)
      return bytes
    },
    decode(bytes, context) {
      const inner = unseal(bytes, VERSION, codec, name)
      const method = bytes[ENVELOPE]
      if (method === STORED) {
        assertFits(bytes.length - STORED_HEADER, 'decode')
        return inner.decode(bytes.subarray(STORED_HEADER), context)
      }
      const compression = Object.values(COMPRESSIONS).find((known) => known.method === method)
      if (compression === undefined || !compression.isAvailable)
        throw new CodecError(
          'foreign',
          name,
          'decode',
          `compression ${method} is not in this runtime`,
        )
      if (bytes.length <= PACKED_HEADER)
        throw new CodecError('malformed', name, 'decode', `${bytes.length} bytes`)
      const length = asBuffer(bytes).readUInt32LE(STORED_HEADER)
      assertFits(length, 'decode')
      return inner.decode(decompress(compression, bytes, length, name), context)
    },
  }
}

function chooser(algorithm: CompressionAlgorithm | 'auto'): (length: number) => Compression {
  const { zstd, deflate } = COMPRESSIONS
  if (algorithm === 'auto')
    return (length) => (zstd.isAvailable && length >= ZSTD_FROM ? zstd : deflate)
  if (!Object.hasOwn(COMPRESSIONS, algorithm) || !COMPRESSIONS[algorithm].isAvailable)
    throw new CodecConfigError(
      `algorithm is ${algorithm}; this runtime has auto, ${availableNames().join(', ')}`,
    )
  return () => COMPRESSIONS[algorithm]
}

function availableNames(): string[] {
  return Object.entries(COMPRESSIONS).flatMap(([name, { isAvailable }]) =>
    isAvailable ? name : [],
  )
}

function writeStored(plain: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(STORED_HEADER + plain.length)
  bytes[ENVELOPE] = STORED
  bytes.set(plain, STORED_HEADER)
  return bytes
}

function writePacked(method: number, packed: Uint8Array, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(PACKED_HEADER + packed.length)
  bytes[ENVELOPE] = method
  bytes.writeUInt32LE(length, STORED_HEADER)
  bytes.set(packed, PACKED_HEADER)
  return bytes
}

function decompress(
  compression: Compression,
  bytes: Uint8Array,
  length: number,
  name: string,
): Uint8Array {
  let plain: Uint8Array
  try {
    plain = compression.decompress(bytes.subarray(PACKED_HEADER), length)
  } catch (error) {
    throw new CodecError('malformed', name, 'decode', kindOf(error))
  }
  if (plain.length !== length)
    throw new CodecError(
      'malformed',
      name,
      'decode',
      `${plain.length} bytes came out, not ${length}`,
    )
  return plain
}
