/** Where a value lives: what a codec may bind the bytes to. */
export interface CodecContext {
  /** Namespace of the cache. */
  readonly namespace: string
  /** Key inside the namespace. */
  readonly key: string
}

/**
 * Turns values into bytes and back.
 *
 * `encode` may answer a view of memory that it uses again: whoever calls it copies the bytes before
 * the next call. `decode` answers a value that keeps no view of `bytes`, whose memory belongs to a
 * socket. Both throw `CodecError` on what they cannot carry or read, and neither waits.
 */
export interface Codec<T = unknown> {
  /** Written into every frame, 1 to 255; a frame with another id is a miss. Below 128 is Tiercel's. */
  readonly id: number
  /** What errors call this codec, wrappers outermost: `encrypted(compressed(msgpack))`. */
  readonly name: string
  /** Codecs with other ids whose bytes are read as well, as `migrating` needs. */
  readonly reads?: readonly Codec<T>[]
  encode(value: T, context: CodecContext): Uint8Array
  decode(bytes: Uint8Array, context: CodecContext): T
}
