import { serialize } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { v8 } from '../src/index.ts'
import { codecContract } from '../src/testing/codec-contract.ts'
import { place } from './place.ts'

const values: readonly unknown[] = [
  undefined,
  null,
  -0,
  'é😀',
  10n ** 30n,
  { id: 42, tags: ['a'], gone: undefined },
  new Date('2026-01-02T03:04:05.678Z'),
  new Map([[{ a: 1 }, new Set([1n])]]),
  /a+b/giu,
  new TypeError('wrong'),
  Buffer.from('buffer'),
  { inside: Buffer.from('buffer'), floats: new Float32Array([1.5, -2]) },
  new DataView(new Uint8Array([1, 2, 3]).buffer),
  [new Float64Array([1]), new BigInt64Array([-1n])],
  new Uint8Array([1, 2, 3]).buffer,
]

const evil = (): unknown => JSON.parse('{"__proto__":{"admin":true},"a":1}')

describe('v8 keeps the contract', () => {
  it.each(codecContract(v8(), values))('$title', ({ check }) => check())
})

describe('v8', () => {
  const codec = v8()

  it('brings cycles back', () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    const decoded = codec.decode(codec.encode(circle, place), place)
    expect(decoded).toHaveProperty('self', decoded)
  })

  it.each([() => 1, Symbol('s'), new WeakMap()])('refuses %s', (value) => {
    expect(() => codec.encode({ value }, place)).toThrow(
      expect.objectContaining({ reason: 'unsupported', operation: 'encode' }),
    )
  })

  it('deletes __proto__ keys anywhere, so that no copy changes its prototype', () => {
    const value = { list: [evil()], map: new Map([[evil(), evil()]]), set: new Set([evil()]) }
    expect(codec.decode(codec.encode(value, place), place)).toStrictEqual({
      list: [{ a: 1 }],
      map: new Map([[{ a: 1 }, { a: 1 }]]),
      set: new Set([{ a: 1 }]),
    })
  })

  it('finds a __proto__ key that is spelled in two bytes a letter', () => {
    const name = Buffer.from('__proto__', 'utf16le')
    const key = Buffer.concat([Buffer.from([0x63, name.length]), name])
    const value = Buffer.from([0x49, 2])
    const bytes = Buffer.concat([
      serialize(null).subarray(0, 2),
      Buffer.from('o'),
      key,
      value,
      Buffer.from('{\u0001'),
    ])
    expect(codec.decode(bytes, place)).toStrictEqual({})
  })

  it('keeps text that only mentions __proto__', () => {
    const value = { text: '__proto__' }
    expect(codec.decode(codec.encode(value, place), place)).toStrictEqual(value)
  })

  it('calls bytes of a newer V8 foreign', () => {
    const bytes = Buffer.from(codec.encode({ a: 1 }, place))
    bytes[1] = 250
    expect(() => codec.decode(bytes, place)).toThrow(expect.objectContaining({ reason: 'foreign' }))
  })
})
