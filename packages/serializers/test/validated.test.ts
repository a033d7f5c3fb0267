import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { json, migrating, msgpack, readerOf, validated } from '../src/index.ts'
import type { Codec } from '../src/index.ts'
import { codecContract } from '../src/testing/codec-contract.ts'
import { place } from './place.ts'

const schemas = {
  zod: z.object({ id: z.number(), at: z.date() }),
  valibot: v.object({ id: v.number(), at: v.date() }),
  arktype: type({ id: 'number', at: 'Date' }),
}
const user = { id: 1, at: new Date(0) }

describe.each(Object.entries(schemas))('validated with %s', (_, schema) => {
  const codec = validated(msgpack(), schema)

  it.each(codecContract(codec, [user]))('keeps the contract: $title', ({ check }) => check())

  it('refuses what no longer fits, and says nothing of the value', () => {
    const bytes = msgpack().encode({ id: 'hunter2', at: 'hunter2' }, place)
    expect(() => codec.decode(bytes, place)).toThrow(
      /^validated\(msgpack\) cannot decode \(invalid\): issues: \d$/,
    )
  })
})

describe('validated', () => {
  const { zod, valibot, arktype } = schemas

  it('knows the type of its values from the schema', () => {
    type User = { id: number; at: Date }
    expectTypeOf(validated(msgpack(), zod)).toEqualTypeOf<Codec<User>>()
    expectTypeOf(validated(msgpack(), valibot)).toEqualTypeOf<Codec<User>>()
    expectTypeOf(validated(msgpack(), arktype)).toEqualTypeOf<Codec<User>>()
  })

  it('tells the listener why, with the place of the value', () => {
    const heard: unknown[] = []
    const codec = validated(msgpack(), zod, {
      onInvalid: (issues, context) => heard.push([issues[0]?.path, context]),
    })
    const bytes = msgpack().encode({ ...user, id: 'x' }, place)
    expect(() => codec.decode(bytes, place)).toThrow(/invalid/)
    expect(heard).toStrictEqual([[['id'], place]])
  })

  it('rewrites nothing, so that a value is the same from either tier', () => {
    const codec = validated(
      json(),
      z.object({ id: z.coerce.string(), role: z.string().default('x') }),
    )
    const value = { id: 7, more: true }
    expect(codec.decode(json().encode(value, place), place)).toStrictEqual(value)
  })

  it('writes the bytes of the codec inside, so that adding a schema keeps what is cached', () => {
    const codec = validated(msgpack(), zod)
    expect(codec.id).toBe(msgpack().id)
    expect(codec.decode(msgpack().encode(user, place), place)).toStrictEqual(user)
  })

  it('checks what a migration reads as well', () => {
    const codec = validated(migrating(json(), msgpack()), z.object({ id: z.number() }))
    const reader = readerOf(codec, json().id)
    expect(reader?.decode(json().encode({ id: 1 }, place), place)).toStrictEqual({ id: 1 })
    expect(() => reader?.decode(json().encode({ id: 'x' }, place), place)).toThrow(/invalid/)
  })

  it('refuses an asynchronous schema, and lets no rejection escape', async () => {
    const codec = validated(
      msgpack(),
      answering(() => Promise.reject(new Error('too late'))),
    )
    expect(() => codec.decode(msgpack().encode(1, place), place)).toThrow(/schema is asynchronous/)
    await new Promise(setImmediate)
  })

  it('turns what a schema throws into a CodecError that does not repeat it', () => {
    const codec = validated(
      msgpack(),
      answering((value) => {
        throw new RangeError(String(value))
      }),
    )
    expect(() => codec.decode(msgpack().encode('hunter2', place), place)).toThrow(
      /^validated\(msgpack\) cannot decode \(invalid\): the schema threw RangeError$/,
    )
  })
})

function answering(validate: StandardSchemaV1['~standard']['validate']): StandardSchemaV1 {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}
