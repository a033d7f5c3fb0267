/**
 * Why bytes or a value were refused. A closed set: renaming a member is a major version.
 *
 * - `unsupported`: a value this codec does not carry
 * - `malformed`: bytes that this codec did not write, or not whole
 * - `foreign`: bytes of another codec, a newer format, or an algorithm this runtime lacks
 * - `too-large`: past a limit on encoded or decompressed bytes
 * - `unknown-key`: encrypted with a key that is not held here
 * - `unauthentic`: wrong key, altered bytes, or bytes moved from another cache key
 * - `invalid`: a value that no longer fits its schema
 */
export type CodecErrorReason =
  | 'unsupported'
  | 'malformed'
  | 'foreign'
  | 'too-large'
  | 'unknown-key'
  | 'unauthentic'
  | 'invalid'

/**
 * A value that could not be encoded, or bytes that could not be decoded.
 *
 * It has no `cause`: parsers and schemas quote their input in their messages, and neither plaintext
 * nor key material may reach a log.
 */
export class CodecError extends Error {
  override readonly name = 'CodecError'
  readonly code = 'ERR_CODEC'
  readonly reason: CodecErrorReason
  /** Name of the codec that refused. */
  readonly codec: string
  readonly operation: 'encode' | 'decode'

  constructor(
    reason: CodecErrorReason,
    codec: string,
    operation: 'encode' | 'decode',
    detail: string,
  ) {
    super(`${codec} cannot ${operation} (${reason}): ${detail}`)
    this.reason = reason
    this.codec = codec
    this.operation = operation
  }
}

/** Options or an order of wrappers that cannot work. Thrown when a codec is made. */
export class CodecConfigError extends Error {
  override readonly name = 'CodecConfigError'
  readonly code = 'ERR_CONFIG'
}

/** The kind of a caught error, which is all of it that is safe to repeat. */
export function kindOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error
}
