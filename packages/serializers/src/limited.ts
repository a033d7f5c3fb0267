import { byteCount } from './byte-count.ts'
import type { Codec } from './codec.ts'
import { CodecError } from './errors.ts'

/** What `limited` allows. */
export interface LimitedOptions {
  /** Most bytes a value may take, as they are stored if this is the outermost wrapper. */
  readonly maxBytes: number
}

/**
 * Refuses values whose bytes exceed a limit, when they are written and before they are read. It
 * writes no bytes of its own.
 *
 * @throws CodecConfigError
 */
export function limited<T>(codec: Codec<T>, options: LimitedOptions): Codec<T> {
  const maxBytes = byteCount('maxBytes', options.maxBytes, 1)
  const name = `limited(${codec.name})`

  function assertFits(bytes: Uint8Array, operation: 'encode' | 'decode'): Uint8Array {
    if (bytes.length <= maxBytes) return bytes
    throw new CodecError(
      'too-large',
      name,
      operation,
      `${bytes.length} bytes, limit is ${maxBytes}`,
    )
  }

  return {
    id: codec.id,
    name,
    ...(codec.reads && { reads: codec.reads.map((reader) => limited(reader, options)) }),
    encode: (value, context) => assertFits(codec.encode(value, context), 'encode'),
    decode: (bytes, context) => codec.decode(assertFits(bytes, 'decode'), context),
  }
}
