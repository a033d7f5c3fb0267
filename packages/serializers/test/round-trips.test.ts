import { deepStrictEqual, notDeepStrictEqual, throws } from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, it } from 'vitest'
import {
  compressed,
  encrypted,
  generateKey,
  json,
  limited,
  msgpack,
  raw,
  v8,
} from '../src/index.ts'
import type { Codec } from '../src/index.ts'
import { jsonValues, msgpackValues, places, rawValues, v8Values } from './arbitraries.ts'

const keys = { keys: { k1: generateKey() }, current: 'k1' }

const claims: readonly (readonly [Codec, fc.Arbitrary<unknown>])[] = [
  [json(), jsonValues],
  [msgpack(), msgpackValues],
  [msgpack({ records: true }), msgpackValues],
  [v8(), v8Values],
  [raw(), rawValues],
  [compressed(msgpack(), { threshold: 0 }), msgpackValues],
  [compressed(json(), { threshold: 100, algorithm: 'brotli' }), jsonValues],
  [encrypted(msgpack(), keys), msgpackValues],
  [limited(encrypted(compressed(v8()), keys), { maxBytes: 1e6 }), v8Values],
]

describe.each(claims.map(([codec, values]) => ({ name: codec.name, codec, values })))(
  '$name',
  ({ codec, values }) => {
    it('brings back everything that it claims', () => {
      fc.assert(
        fc.property(values, places, (value, place) => {
          deepStrictEqual(codec.decode(codec.encode(value, place), place), value)
        }),
        { numRuns: 300 },
      )
    })

    it('brings values back in any order, whatever it encoded in between', () => {
      fc.assert(
        fc.property(fc.array(values, { maxLength: 5 }), places, (list, place) => {
          const all = list.map((value) => Buffer.from(codec.encode(value, place)))
          for (const [index, bytes] of [...all.entries()].toReversed())
            deepStrictEqual(codec.decode(bytes, place), list[index])
        }),
        { numRuns: 50 },
      )
    })
  },
)

describe('encrypted', () => {
  it('decrypts at no place but its own', () => {
    const codec = encrypted(msgpack(), keys)
    fc.assert(
      fc.property(places, places, (here, there) => {
        fc.pre(here.namespace !== there.namespace || here.key !== there.key)
        const bytes = codec.encode('value', here)
        throws(() => codec.decode(bytes, there), { reason: 'unauthentic' })
        notDeepStrictEqual(Buffer.from(codec.encode('value', here)), Buffer.from(bytes))
      }),
      { numRuns: 300 },
    )
  })
})
