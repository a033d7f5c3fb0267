import { describe, expect, it } from 'vitest'
import { json, limited, migrating, msgpack, readerOf } from '../src/index.ts'
import { codecContract } from '../src/testing/codec-contract.ts'
import { place } from './place.ts'

const codec = limited(json(), { maxBytes: 10 })

describe('limited keeps the contract', () => {
  it.each(codecContract(codec, [null, 'x'.repeat(8)]))('$title', ({ check }) => check())
})

describe('limited', () => {
  it('says how large a refused value is and what the limit is', () => {
    expect(() => codec.encode('x'.repeat(9), place)).toThrow(
      'limited(json) cannot encode (too-large): 11 bytes, limit is 10',
    )
  })

  it('refuses large bytes before they are parsed', () => {
    expect(() => codec.decode(Buffer.from('[1,2,3,4,5,6'), place)).toThrow(
      expect.objectContaining({ reason: 'too-large', operation: 'decode' }),
    )
  })

  it('limits what a migration reads as well', () => {
    const reader = readerOf(limited(migrating(json(), msgpack()), { maxBytes: 10 }), json().id)
    expect(() => reader?.decode(Buffer.alloc(11), place)).toThrow(/limit is 10/)
  })

  it.each([0, -1, 1.5, Number.NaN, Infinity])(
    'refuses a limit of %s when it is made',
    (maxBytes) => {
      expect(() => limited(json(), { maxBytes })).toThrow(
        `maxBytes is ${maxBytes}; it must be a whole number from 1 to 4294967295`,
      )
    },
  )
})
