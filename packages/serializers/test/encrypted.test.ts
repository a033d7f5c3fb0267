import { createSecretKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  compressed,
  encrypted,
  generateKey,
  json,
  keysFromEnvironment,
  migrating,
  msgpack,
} from '../src/index.ts'
import type { EncryptionKey } from '../src/index.ts'
import { codecContract } from '../src/testing/codec-contract.ts'
import { place } from './place.ts'

const k1 = generateKey()
const k2 = generateKey()
const codec = encrypted(msgpack(), { keys: { k1, k2 }, current: 'k1' })
const secret = { secret: 'hunter2' }

describe.each([
  ['encrypted(msgpack)', codec],
  ['encrypted(compressed(json))', encrypted(compressed(json()), { keys: { k1 }, current: 'k1' })],
])('%s keeps the contract', (_, each) => {
  it.each(codecContract(each, [null, 'text', secret, 'x'.repeat(5000)]))('$title', ({ check }) =>
    check(),
  )
})

describe('encrypted', () => {
  it('shows nothing of the value, and never the same bytes twice', () => {
    const bytes = Buffer.from(codec.encode(secret, place))
    expect(bytes.includes('hunter2')).toBe(false)
    expect(bytes.equals(codec.encode(secret, place))).toBe(false)
  })

  it.each([
    ['another key', { ...place, key: 'user:43' }],
    ['another namespace', { ...place, namespace: 'blog' }],
    ['a place whose names run together alike', { namespace: 'shopuser', key: ':42' }],
  ])('does not decrypt a value that was moved to %s', (_, elsewhere) => {
    const bytes = codec.encode(secret, place)
    expect(() => codec.decode(bytes, elsewhere)).toThrow(
      expect.objectContaining({ code: 'ERR_CODEC', reason: 'unauthentic' }),
    )
  })

  it('notices a change of any byte', () => {
    const bytes = Buffer.from(codec.encode(secret, place))
    for (const position of bytes.keys()) {
      const altered = Buffer.from(bytes)
      altered[position]! ^= 1
      expect(() => codec.decode(altered, place)).toThrow(
        expect.objectContaining({ code: 'ERR_CODEC' }),
      )
    }
  })

  it('does not decrypt with another key of the same id', () => {
    const other = encrypted(msgpack(), { keys: { k1: generateKey() }, current: 'k1' })
    expect(() => other.decode(codec.encode(secret, place), place)).toThrow(
      expect.objectContaining({ reason: 'unauthentic' }),
    )
  })

  it('reads what an older key wrote while that key is held, and then no more', () => {
    const before = codec.encode(secret, place)
    const rotated = encrypted(msgpack(), { keys: { k1, k2 }, current: 'k2' })
    expect(rotated.decode(before, place)).toStrictEqual(secret)
    const retired = encrypted(msgpack(), { keys: { k2 }, current: 'k2' })
    expect(retired.decode(rotated.encode(secret, place), place)).toStrictEqual(secret)
    expect(() => retired.decode(before, place)).toThrow(
      'encrypted(msgpack) cannot decode (unknown-key): no key for id k1',
    )
  })

  it('rotates while running when keys and current are callbacks', () => {
    const held = new Map<string, EncryptionKey>([['k1', k1]])
    let current = 'k1'
    const live = encrypted(msgpack(), { keys: (id) => held.get(id), current: () => current })
    const before = live.encode(secret, place)
    held.set('k2', k2)
    current = 'k2'
    expect(live.decode(before, place)).toStrictEqual(secret)
    expect(live.decode(live.encode(secret, place), place)).toStrictEqual(secret)
    held.delete('k1')
    expect(() => live.decode(before, place)).toThrow(
      expect.objectContaining({ reason: 'unknown-key' }),
    )
  })

  it('does not repeat what current answered, which may be the key itself by mistake', () => {
    const mistaken = encrypted(msgpack(), { keys: { k1 }, current: () => k1 })
    expect(() => mistaken.encode(secret, place)).toThrow(
      'encrypted(msgpack) cannot encode (unknown-key): no key for the current id',
    )
  })

  it('turns whatever a key callback throws into a CodecError that does not repeat it', () => {
    const failing = encrypted(msgpack(), {
      keys: () => {
        throw new Error(`vault said ${k1}`)
      },
      current: () => 'k1',
    })
    const lost = encrypted(msgpack(), {
      keys: { k1 },
      current: () => {
        throw new Error(`vault said ${k1}`)
      },
    })
    for (const each of [failing, lost])
      expect(() => each.encode(secret, place)).toThrow(
        /^encrypted\(msgpack\) cannot encode \(unknown-key\): Error$/,
      )
  })

  it('takes a key as bytes, base64, hexadecimal or KeyObject, all meaning the same', () => {
    const key = Buffer.from(k1, 'base64url')
    const forms = [key, key.toString('base64'), key.toString('hex'), createSecretKey(key)]
    for (const form of forms) {
      const other = encrypted(msgpack(), { keys: { k1: form }, current: 'k1' })
      expect(other.decode(codec.encode(secret, place), place)).toStrictEqual(secret)
    }
  })

  it.each([
    ['16 bytes', Buffer.alloc(16)],
    ['text that is no key', 'correct horse battery staple'],
    ['half a key', k1.slice(20)],
    ['nothing', ''],
  ])('refuses %s for a key when it is made, without repeating it', (_, key) => {
    const make = (): unknown => encrypted(msgpack(), { keys: { k1: key }, current: 'k1' })
    expect(make).toThrow(/^key "k1" must be 32 bytes: [^:]+$/)
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }))
  })

  it.each(['', 'a b', 'x'.repeat(65), 'é'])('refuses the key id "%s"', (id) => {
    expect(() => encrypted(msgpack(), { keys: { [id]: k1 }, current: id })).toThrow(/key id/)
  })

  it('refuses a current that names no key, without repeating it', () => {
    for (const current of [k1, 'constructor', '__proto__'])
      expect(() => encrypted(msgpack(), { keys: { k1, k2 }, current })).toThrow(
        /^current names none of keys, which has k1, k2$/,
      )
  })

  it('reads what was not encrypted only where a migration says so', () => {
    const plain = msgpack().encode(secret, place)
    expect(() => codec.decode(plain, place)).toThrow(expect.objectContaining({ code: 'ERR_CODEC' }))
    expect(migrating(msgpack(), codec).reads?.map(({ id }) => id)).toStrictEqual([msgpack().id])
  })
})

describe('keysFromEnvironment', () => {
  it('encrypts with the first key and decrypts with all', () => {
    const environment = { TIERCEL_KEYS: `k2:${k2}, k1:${k1}` }
    const rotated = encrypted(msgpack(), keysFromEnvironment(undefined, environment))
    expect(rotated.decode(codec.encode(secret, place), place)).toStrictEqual(secret)
    const bytes = Buffer.from(rotated.encode(secret, place))
    expect(bytes.toString('latin1', 3, 5)).toBe('k2')
  })

  it.each([undefined, '', 'k1', 'k1:', k1, `k1:${k1},`, `k1:${k1.slice(1)}`])(
    'refuses %s, and repeats nothing of it that may be a key',
    (variable) => {
      let message = ''
      try {
        keysFromEnvironment('CACHE_KEYS', { CACHE_KEYS: variable })
      } catch (error) {
        message = String(error)
      }
      expect(message).toMatch(/CACHE_KEYS: entry \d is not of the form id:key|key "k1" must be/)
      expect(message).not.toContain(k1.slice(1))
    },
  )
})
