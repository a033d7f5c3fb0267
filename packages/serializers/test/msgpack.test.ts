import { describe, expect, it } from 'vitest'
import { msgpack } from '../src/index.ts'
import { codecContract } from '../src/testing/codec-contract.ts'
import { place } from './place.ts'

const values: readonly unknown[] = [
  undefined,
  null,
  false,
  0,
  -1.5,
  2 ** 53 - 1,
  Number.NaN,
  'text',
  '',
  'é😀',
  10n ** 30n,
  -1n,
  [],
  {},
  [1, [2, [3]]],
  { id: 42, name: 'Ada', tags: ['a', 'b'], gone: undefined, none: null },
  new Date('2026-01-02T03:04:05.678Z'),
  new Map<unknown, unknown>([
    ['a', 1],
    [2, { b: new Map([[{ c: 3 }, [4]]]) }],
  ]),
  { map: new Map(), object: {} },
  new Set([1, 'two', new Set()]),
  /a+b/giu,
  new TypeError('wrong', { cause: 'reason' }),
  Buffer.from('buffer'),
  { inside: Buffer.from('buffer'), floats: new Float32Array([1.5, -2]) },
  new Float64Array([1, Number.NaN]),
  new BigInt64Array([-1n]),
  new Uint8Array([1, 2, 3]).buffer,
]

describe.each([
  ['msgpack()', msgpack()],
  ['msgpack({ records: true })', msgpack({ records: true })],
])('%s keeps the contract', (_, codec) => {
  it.each(codecContract(codec, values))('$title', ({ check }) => check())
})

describe('msgpack', () => {
  it('tells a Map from an object at any depth, since L1 still holds the Map', () => {
    const codec = msgpack()
    const value = { list: [{ deep: new Map([['k', { plain: true }]]) }], plain: { k: 1 } }
    expect(codec.decode(codec.encode(value, place), place)).toStrictEqual(value)
  })

  it('reads either layout whatever it writes', () => {
    const value = [{ a: 1 }, { a: 2 }]
    const [maps, records] = [msgpack(), msgpack({ records: true })]
    expect(maps.decode(Buffer.from(records.encode(value, place)), place)).toStrictEqual(value)
    expect(records.decode(Buffer.from(maps.encode(value, place)), place)).toStrictEqual(value)
  })

  it('writes the names of a shape once with records', () => {
    const rows = Array.from({ length: 50 }, (_, id) => ({ identifier: id, description: 'row' }))
    const plain = msgpack().encode(rows, place).length
    expect(msgpack({ records: true }).encode(rows, place).length).toBeLessThan(plain / 2)
  })

  it('encodes again after it refused a value', () => {
    const codec = msgpack()
    const circle: { self?: unknown } = {}
    circle.self = circle
    expect(() => codec.encode(circle, place)).toThrow(/unsupported/)
    expect(() => codec.encode(Symbol('s'), place)).toThrow(/unsupported/)
    expect(codec.decode(codec.encode({ a: 1 }, place), place)).toStrictEqual({ a: 1 })
  })

  it('is not confused by a value that encodes another in its toJSON', () => {
    const codec = msgpack()
    class Nested {
      toJSON(): number {
        return codec.encode(new Map([[1, 2]]), place).length
      }
    }
    const value = { map: new Map([[1, new Nested()]]) }
    expect(codec.decode(codec.encode(value, place), place)).toStrictEqual({
      map: new Map([[1, 4]]),
    })
  })

  it('renames a __proto__ key, so that no copy of the object changes its prototype', () => {
    const codec = msgpack()
    const value: unknown = JSON.parse('{"__proto__":{"admin":true}}')
    const decoded = codec.decode(codec.encode(value, place), place)
    expect(decoded).toStrictEqual({ __proto_: { admin: true } })
  })

  it('calls a layout of another version foreign', () => {
    const bytes = Buffer.from(msgpack().encode({ a: 1 }, place))
    bytes[0] = 9
    expect(() => msgpack().decode(bytes, place)).toThrow(
      expect.objectContaining({ code: 'ERR_CODEC', reason: 'foreign', codec: 'msgpack' }),
    )
  })

  it('says nothing of the value in an error, although msgpackr quotes it', () => {
    const bytes = Buffer.concat([msgpack().encode({ secret: 'hunter2' }, place), Buffer.from([1])])
    expect(() => msgpack().decode(bytes, place)).toThrow(
      /^msgpack cannot decode \(malformed\): Error$/,
    )
  })
})

it('an invalid date stays one', () => {
  // By itself: the comparison of Node 22 takes no invalid date for another.
  const codec = msgpack()
  const decoded = codec.decode(codec.encode(new Date(Number.NaN), place), place)
  expect(decoded).toBeInstanceOf(Date)
  expect((decoded as Date).getTime()).toBeNaN()
})
