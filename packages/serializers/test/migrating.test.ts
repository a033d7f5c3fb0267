import { describe, expect, it } from 'vitest'
import {
  compressed,
  encrypted,
  generateKey,
  json,
  migrating,
  msgpack,
  readerOf,
  v8,
} from '../src/index.ts'
import type { Codec } from '../src/index.ts'
import { codecContract } from '../src/testing/codec-contract.ts'
import { place } from './place.ts'

const value = { id: 1, tags: ['a'] }

/** What a frame is to its reader: an id beside the bytes. */
function readBy(reader: Codec, writer: Codec): unknown {
  const bytes = Buffer.from(writer.encode(value, place))
  return readerOf(reader, writer.id)?.decode(bytes, place) ?? 'miss'
}

describe('migrating keeps the contract', () => {
  it.each(codecContract(migrating(json(), msgpack()), [null, value]))('$title', ({ check }) =>
    check(),
  )
})

describe('migrating', () => {
  it('writes the new and reads both', () => {
    const during = migrating(json(), msgpack())
    expect(during.id).toBe(msgpack().id)
    expect(readBy(during, json())).toStrictEqual(value)
    expect(readBy(during, msgpack())).toStrictEqual(value)
    expect(readBy(msgpack(), during)).toStrictEqual(value)
  })

  it('is a miss, never garbage, for a reader that knows only one of the two', () => {
    expect(readBy(json(), migrating(json(), msgpack()))).toBe('miss')
    expect(readBy(msgpack(), json())).toBe('miss')
  })

  it('goes by way of the reverse without a miss in a fleet of both releases', () => {
    const [first, second] = [migrating(msgpack(), json()), migrating(json(), msgpack())]
    expect(readBy(json(), first)).toStrictEqual(value)
    expect(readBy(first, second)).toStrictEqual(value)
    expect(readBy(second, first)).toStrictEqual(value)
  })

  it('reads all of a chain', () => {
    const chain = migrating(migrating(v8(), json()), msgpack())
    for (const writer of [v8(), json(), msgpack()])
      expect(readBy(chain, writer)).toStrictEqual(value)
  })

  it('adds and removes wrappers', () => {
    const wrapped = encrypted(compressed(msgpack()), { keys: { k1: generateKey() }, current: 'k1' })
    expect(readBy(migrating(msgpack(), wrapped), msgpack())).toStrictEqual(value)
    expect(readBy(migrating(wrapped, msgpack()), wrapped)).toStrictEqual(value)
  })

  it('refuses two codecs that frames cannot tell apart', () => {
    expect(() => migrating(compressed(json()), compressed(msgpack()))).toThrow(
      /frames tell these two apart by id, and both have 16; if they share a wrapper/,
    )
  })
})
