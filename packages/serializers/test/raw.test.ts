import { describe, expect, it } from 'vitest'
import { raw } from '../src/index.ts'
import type { Codec, RawValue } from '../src/index.ts'
import { codecContract } from '../src/testing/codec-contract.ts'
import { place } from './place.ts'

const embedding = Float32Array.from({ length: 1536 }, (_, i) => Math.sin(i))

const values: readonly RawValue[] = [
  Buffer.from('text'),
  Buffer.alloc(0),
  new Uint8Array([1, 2, 3]),
  new Uint8Array([1, 2, 3]).buffer,
  new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 1),
  new Uint8ClampedArray([300]),
  new Int8Array([-1]),
  new Uint16Array([1, 65_535]),
  new Int16Array([-1]),
  new Uint32Array([2 ** 32 - 1]),
  new Int32Array([-1]),
  embedding,
  embedding.subarray(3, 10),
  new Float64Array([Math.PI]),
  new BigInt64Array([-1n]),
  new BigUint64Array([2n ** 64n - 1n]),
]

describe('raw keeps the contract', () => {
  it.each(codecContract(raw(), values))('$title', ({ check }) => check())
})

describe('raw', () => {
  it('brings an embedding back as a Float32Array of its own, from any offset', () => {
    const bytes = Buffer.concat([Buffer.alloc(7), raw().encode(embedding, place)])
    const decoded = raw('Float32Array').decode(bytes.subarray(7), place)
    expect(decoded).toStrictEqual(embedding)
    expect(decoded.byteOffset).toBe(0)
    expect(decoded.buffer.byteLength).toBe(embedding.byteLength)
  })

  it('writes only the part of the memory that the view shows', () => {
    const pool = Buffer.from('secret|shown|secret')
    const bytes = Buffer.from(raw().encode(pool.subarray(7, 12), place))
    expect(bytes.toString('latin1')).toBe('\u0000shown')
  })

  it('given a kind, refuses every other both ways', () => {
    const floats = raw('Float32Array')
    const doubles = raw().encode(new Float64Array(2), place)
    expect(() => floats.decode(doubles, place)).toThrow(
      expect.objectContaining({ reason: 'foreign', codec: 'raw(Float32Array)' }),
    )
    const untyped: Codec = floats
    expect(() => untyped.encode(new Float64Array(2), place)).toThrow(
      expect.objectContaining({ reason: 'unsupported' }),
    )
  })

  it.each([{}, 'text', null, undefined, 1, new SharedArrayBuffer(1)])('refuses %s', (value) => {
    const untyped: Codec = raw()
    expect(() => untyped.encode(value, place)).toThrow(
      expect.objectContaining({ reason: 'unsupported' }),
    )
  })

  it('refuses numbers of the other byte order, and kinds that it does not know', () => {
    const bytes = Buffer.from(raw().encode(new Uint16Array([1]), place))
    for (const head of [bytes[0]! ^ 0x80, 0x7f]) {
      bytes[0] = head
      expect(() => raw().decode(bytes, place)).toThrow(
        expect.objectContaining({ reason: 'foreign' }),
      )
    }
  })

  it('refuses a length that is not whole numbers', () => {
    const bytes = raw().encode(new Float64Array(1), place)
    expect(() => raw().decode(bytes.subarray(0, -1), place)).toThrow(
      expect.objectContaining({ reason: 'malformed' }),
    )
  })

  it.runIf('Float16Array' in globalThis)('carries a Float16Array where there is one', () => {
    const value = new Float16Array([1.5])
    expect(raw().decode(raw().encode(value, place), place)).toStrictEqual(value)
  })
})
