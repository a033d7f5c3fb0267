import type { Codec } from './codec.ts'

/** The codec that reads bytes of `id` where `codec` is in use: itself, one of `reads`, or none. */
export function readerOf<T>(codec: Codec<T>, id: number): Codec<T> | undefined {
  return codec.id === id ? codec : codec.reads?.find((reader) => reader.id === id)
}
