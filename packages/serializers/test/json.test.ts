import { describe, expect, it } from 'vitest'
import { json } from '../src/index.ts'
import { codecContract } from '../src/testing/codec-contract.ts'
import { place } from './place.ts'

const values = [null, true, 0, 1.5, '', 'é😀', [], [1, [2]], {}, { a: { b: ['c', null] } }]

describe('json keeps the contract', () => {
  it.each(codecContract(json(), values))('$title', ({ check }) => check())
})

describe('json', () => {
  const codec = json()

  it.each([undefined, () => 1, Symbol('s'), 1n])('refuses %s, which has no JSON', (value) => {
    expect(() => codec.encode(value, place)).toThrow(
      expect.objectContaining({ reason: 'unsupported', operation: 'encode' }),
    )
  })

  it.each(['__proto__', String.raw`\u005f_proto__`, String.raw`__prot\u006F__`])(
    'drops a key spelled %s, so that no copy of the object changes its prototype',
    (key) => {
      const text = `{"a":1,"${key}":{"admin":true},"list":[{"${key}":{"admin":true}}]}`
      const decoded = codec.decode(Buffer.from(text), place)
      expect(decoded).toStrictEqual({ a: 1, list: [{}] })
    },
  )

  it('keeps text that only mentions __proto__', () => {
    const value = { text: '__proto__', control: '\u0001', list: [undefined, null] }
    expect(codec.decode(codec.encode(value, place), place)).toStrictEqual({
      ...value,
      list: [null, null],
    })
  })

  it('says nothing of the value in an error, although JSON.parse quotes it', () => {
    expect(() => codec.decode(Buffer.from('{"secret": hunter2}'), place)).toThrow(
      /^json cannot decode \(malformed\): SyntaxError$/,
    )
  })
})
