import * as fc from 'fast-check'
import type { RawValue } from '../src/index.ts'

const key = fc.string({ unit: 'binary', maxLength: 40 }).filter((name) => name !== '__proto__')
const text = fc.string({ unit: 'binary', size: 'medium' })
/** msgpack and JSON have one zero. */
const number = fc
  .oneof(fc.double(), fc.integer(), fc.maxSafeInteger())
  .map((n) => (n === 0 ? 0 : n))
const binary: fc.Arbitrary<RawValue> = fc.oneof(
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.uint8Array().map((bytes) => bytes.slice().buffer),
  fc.uint8Array().map((bytes) => new DataView(bytes.slice().buffer)),
  fc.uint8Array(),
  fc.uint8ClampedArray(),
  fc.int8Array(),
  fc.uint16Array(),
  fc.int16Array(),
  fc.uint32Array(),
  fc.int32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
)

const few = { maxLength: 5 }

/** Objects, arrays, and what `nest` adds, of these leaves. */
function nested(
  leaf: fc.Arbitrary<unknown>,
  nest: (inner: fc.Arbitrary<unknown>) => readonly fc.Arbitrary<unknown>[] = () => [],
): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => {
    const inner = tie('value')
    return {
      value: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        leaf,
        fc.array(inner, few),
        fc.dictionary(key, inner, { maxKeys: few.maxLength, noNullPrototype: true }),
        ...nest(inner),
      ),
    }
  }).value
}

const anyLeaf = fc.oneof(
  fc.constantFrom(null, undefined, true, false),
  number,
  text,
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 700n), max: 2n ** 700n }),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(/a+b/giu, /[/]/, new TypeError('wrong', { cause: 'reason' })),
  binary,
)
const collections = (inner: fc.Arbitrary<unknown>): readonly fc.Arbitrary<unknown>[] => [
  fc.array(fc.tuple(inner, inner), few).map((pairs) => new Map(pairs)),
  fc.array(inner, few).map((items) => new Set(items)),
]

/** What `json` claims. */
export const jsonValues: fc.Arbitrary<unknown> = nested(
  fc.oneof(
    fc.constantFrom(null, true, false),
    number.filter(Number.isFinite),
    text,
    // Half of a surrogate pair, which JSON escapes.
    fc.constantFrom('\ud800', 'a\udfffb'),
  ),
)

/** What `msgpack` claims. */
export const msgpackValues: fc.Arbitrary<unknown> = nested(anyLeaf, collections)

/** What `v8` claims: all of that, both zeros, and halves of surrogate pairs. */
export const v8Values: fc.Arbitrary<unknown> = nested(
  fc.oneof(anyLeaf, fc.constantFrom(-0, '\ud800', 'a\udfffb')),
  collections,
)

/** What `raw` claims. */
export const rawValues: fc.Arbitrary<RawValue> = binary

/** Places in a cache, with anything in their names. */
export const places: fc.Arbitrary<{ namespace: string; key: string }> = fc.record({
  namespace: text,
  key: text,
})
