import { deepStrictEqual, ok, throws } from 'node:assert/strict'
import type { Codec, CodecContext } from '../codec.ts'
import { memoryOf } from './memory-of.ts'

/** One rule that every codec keeps: a sentence, and a check that throws where it is broken. */
export interface CodecRule {
  readonly title: string
  readonly check: () => void
}

const place: CodecContext = { namespace: 'contract', key: 'value' }

/**
 * The rules that `@tiercel/core` relies on, for one codec and values that it carries unchanged.
 *
 * @example
 * it.each(codecContract(myCodec(), [null, { a: 1 }]))('$title', ({ check }) => check())
 */
export function codecContract<T>(codec: Codec<T>, values: readonly T[]): readonly CodecRule[] {
  const encode = (value: T): Buffer => Buffer.from(codec.encode(value, place))
  const rule = (title: string, check: (value: T) => void): CodecRule => ({
    title,
    check: () => values.forEach(check),
  })
  return [
    {
      title: 'the id fits in one byte and is not zero',
      check: () => ok(Number.isInteger(codec.id) && codec.id >= 1 && codec.id <= 255),
    },
    rule('a value comes back as it was', (value) => {
      deepStrictEqual(codec.decode(encode(value), place), value)
    }),
    rule('bytes are read wherever they lie in memory, be it a Buffer or not', (value) => {
      const bytes = encode(value)
      for (const offset of [1, 3, 8]) {
        const memory = new Uint8Array(offset + bytes.length + 5).fill(0xa5)
        memory.set(bytes, offset)
        const slice = memory.subarray(offset, offset + bytes.length)
        deepStrictEqual(codec.decode(slice, place), value)
      }
    }),
    rule('a decoded value keeps no view of the bytes, whose memory others write to', (value) => {
      const bytes = encode(value)
      const decoded = codec.decode(bytes, place)
      bytes.fill(0xff)
      deepStrictEqual(decoded, value)
    }),
    rule('values decoded from the same bytes share no memory', (value) => {
      const bytes = encode(value)
      const first = memoryOf(codec.decode(bytes, place))
      for (const memory of memoryOf(codec.decode(bytes, place))) ok(!first.has(memory))
    }),
    rule('bytes cut short throw a CodecError, or are read as another value', (value) => {
      const bytes = encode(value)
      for (let length = 0; length < Math.min(bytes.length, 256); length++)
        decodeOrRefuse(codec, bytes.subarray(0, length))
    }),
    {
      title: 'no bytes at all throw a CodecError',
      check: () => throws(() => codec.decode(new Uint8Array(), place), { code: 'ERR_CODEC' }),
    },
  ]
}

function decodeOrRefuse<T>(codec: Codec<T>, bytes: Uint8Array): void {
  try {
    codec.decode(bytes, place)
  } catch (error) {
    ok(error instanceof Error)
    deepStrictEqual(Reflect.get(error, 'code'), 'ERR_CODEC')
  }
}
