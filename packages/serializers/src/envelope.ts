import type { Codec } from './codec.ts'
import { CodecError } from './errors.ts'
import { readerOf } from './readers.ts'

/** What each wrapper writes first: the version of its format and the id of the codec inside. */
export const ENVELOPE = 2

/** Writes the envelope of `inner` at the start of `bytes`. */
export function seal<T>(bytes: Uint8Array, version: number, inner: Codec<T>): void {
  bytes[0] = version
  bytes[1] = inner.id
}

/**
 * The codec that wrote what is inside, so that bytes of another composition are refused, never
 * misread.
 *
 * @throws CodecError
 */
export function unseal<T>(
  bytes: Uint8Array,
  version: number,
  inner: Codec<T>,
  name: string,
): Codec<T> {
  if (bytes.length <= ENVELOPE)
    throw new CodecError('malformed', name, 'decode', `${bytes.length} bytes`)
  if (bytes[0] !== version)
    throw new CodecError('foreign', name, 'decode', `format ${bytes[0]}, not ${version}`)
  const reader = readerOf(inner, bytes[1]!)
  if (reader === undefined)
    throw new CodecError('foreign', name, 'decode', `codec ${bytes[1]} inside, not ${inner.id}`)
  return reader
}
