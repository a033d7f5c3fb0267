import { inspect, isDeepStrictEqual } from 'node:util'
import { CodecError, json, msgpack, raw, v8 } from '../src/index.ts'
import type { Codec } from '../src/index.ts'
import { place } from './place.ts'

class Lookup extends Map<string, number> {}
class Point {
  readonly x = 1
}
const circle: { self?: unknown } = {}
circle.self = circle
const shared = {}
const holes: unknown[] = ['a']
holes[2] = 'c'

const samples: readonly (readonly [string, unknown])[] = [
  ['null, boolean, text, number', [null, true, 'é😀', 1.5]],
  ['half of a surrogate pair', '\ud800'],
  ['`NaN`', Number.NaN],
  ['`-0`', -0],
  ['`undefined`', undefined],
  ['bigint of any size', [1n, 2n ** 80n]],
  ['plain object, array', { list: [1, { deep: true }] }],
  ['array with holes', holes],
  ['`Date`', new Date('2026-01-02T03:04:05.678Z')],
  ['invalid `Date`', new Date(Number.NaN)],
  ['`Map`', new Map([[{ id: 1 }, 'a']])],
  ['instance of a class that extends `Map`', new Lookup([['a', 1]])],
  ['`Set`', new Set([1])],
  ['`RegExp`', /a+b/giu],
  ['`TypeError` with a cause', new TypeError('wrong', { cause: 1 })],
  ['`Error` without a cause', new Error('wrong')],
  ['`Error` with more properties', Object.assign(new Error('x', { cause: 1 }), { code: 'E' })],
  ['`Buffer`', Buffer.from([1])],
  ['`Float32Array`', new Float32Array([1.5])],
  ['`ArrayBuffer`', new Uint8Array([1]).buffer],
  ['`DataView`', new DataView(new Uint8Array([1]).buffer)],
  ['instance of a class', new Point()],
  ['object without prototype', Object.assign(Object.create(null), { x: 1 })],
  ['own key `__proto__`', JSON.parse('{"__proto__":1}')],
  ['one object in two places', [shared, shared]],
  ['cycle', circle],
  ['function', () => 1],
  ['symbol', Symbol('s')],
]

const codecs: readonly Codec[] = [msgpack(), json(), v8(), raw()]

export const fidelityHead: readonly string[] = ['', ...codecs.map(({ name }) => `\`${name}()\``)]

/** What becomes of each kind of value with each codec, found out by trying. */
export function fidelityRows(): readonly (readonly string[])[] {
  return samples.map(([label, value]) => [label].concat(codecs.map((codec) => fate(codec, value))))
}

function fate(codec: Codec, value: unknown): string {
  try {
    if (codec.name === 'raw') return change(value, roundTrip(codec, value))
    // As a property, since that is where most values are.
    const held = Object(roundTrip(codec, { value }))
    return Object.hasOwn(held, 'value') ? change(value, held.value) : 'left out'
  } catch (error) {
    if (error instanceof CodecError) return 'refused'
    throw error
  }
}

function roundTrip(codec: Codec, value: unknown): unknown {
  return codec.decode(Buffer.from(codec.encode(value, place)), place)
}

function isInvalidDate(value: unknown): boolean {
  return value instanceof Date && Number.isNaN(value.getTime())
}

function change(value: unknown, decoded: unknown): string {
  if (value instanceof Error && decoded instanceof Error) return errorChange(value, decoded)
  // The comparison of Node 22 takes no invalid date for another.
  if (isInvalidDate(value) && isInvalidDate(decoded)) return 'same'
  if (isDeepStrictEqual(value, decoded) && sharing(value) === sharing(decoded)) return 'same'
  const shown = inspect(decoded, { breakLength: Infinity })
  return `→ \`${shown}\``
}

function errorChange(value: Error, decoded: Error): string {
  const [before, after] = [Object.getOwnPropertyNames(value), Object.getOwnPropertyNames(decoded)]
  const lost = before.filter((name) => !after.includes(name)).map((name) => `without \`${name}\``)
  const won = after.filter((name) => !before.includes(name)).map((name) => `with \`${name}\``)
  return [...lost, ...won].join(', ') || 'same'
}

/** Whether the first two items of a list are one object. */
function sharing(value: unknown): boolean {
  return Array.isArray(value) && typeof value[0] === 'object' && value[0] === value[1]
}
