import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { compressed, encrypted, generateKey, json, migrating, msgpack, raw } from '../src/index.ts'
import type { CompressionAlgorithm } from '../src/index.ts'
import { codecContract } from '../src/testing/codec-contract.ts'
import { place } from './place.ts'

const rows = (count: number): unknown =>
  Array.from({ length: count }, (_, id) => ({ id, name: `user ${id}`, role: 'member' }))

const hasZstd = 'zstdCompressSync' in zlib
const algorithms: readonly (CompressionAlgorithm | 'auto')[] = [
  'auto',
  'deflate',
  'brotli',
  ...(hasZstd ? (['zstd'] as const) : []),
]

const STORED = 0
const ZSTD = 1
const DEFLATE = 2
const methodOf = (bytes: Uint8Array): number => bytes[2]!

describe.each(algorithms)('compressed with %s keeps the contract', (algorithm) => {
  const codec = compressed(msgpack(), { algorithm })
  it.each(codecContract(codec, [null, 'small', rows(40), rows(400)]))('$title', ({ check }) =>
    check(),
  )
})

describe('compressed', () => {
  const codec = compressed(msgpack())

  it('leaves values below the threshold as they are', () => {
    const plain = Buffer.from(msgpack().encode('small', place))
    const bytes = codec.encode('small', place)
    expect(methodOf(bytes)).toBe(STORED)
    expect(bytes.length).toBe(plain.length + 3)
  })

  it('compresses from the threshold on', () => {
    const value = 'x'.repeat(100)
    expect(methodOf(compressed(json(), { threshold: 103 }).encode(value, place))).toBe(STORED)
    expect(methodOf(compressed(json(), { threshold: 102 }).encode(value, place))).toBe(DEFLATE)
  })

  it('keeps the compressed form only where it saves an eighth', () => {
    const noise = Buffer.from(Array.from({ length: 2000 }, () => generateKey()).join(''), 'base64')
    expect(methodOf(compressed(raw()).encode(noise, place))).toBe(STORED)
  })

  it.runIf(hasZstd)('takes zstd for what is large and deflate for what is not', () => {
    expect(methodOf(codec.encode(rows(40), place))).toBe(DEFLATE)
    expect(methodOf(codec.encode(rows(400), place))).toBe(ZSTD)
  })

  it('reads every algorithm whatever it writes', () => {
    for (const algorithm of algorithms) {
      const bytes = compressed(msgpack(), { algorithm }).encode(rows(400), place)
      expect(codec.decode(bytes, place)).toStrictEqual(rows(400))
    }
  })

  it('calls bytes of another composition, format or algorithm foreign', () => {
    const bytes = Buffer.from(codec.encode(rows(40), place))
    for (const [position, what] of ['format', 'codec', 'compression'].entries()) {
      const altered = Buffer.from(bytes)
      altered[position] = 99
      expect(() => codec.decode(altered, place)).toThrow(
        expect.objectContaining({ reason: 'foreign', message: expect.stringContaining(what) }),
      )
    }
  })

  it('reads what a codec that is being migrated from wrote', () => {
    const before = compressed(json()).encode(rows(40), place)
    const during = compressed(migrating(json(), msgpack()))
    expect(during.decode(before, place)).toStrictEqual(rows(40))
    expect(codec.decode(during.encode(rows(40), place), place)).toStrictEqual(rows(40))
  })

  it('refuses to write what it would refuse to read', () => {
    const small = compressed(json(), { maxBytes: 100 })
    expect(() => small.encode('x'.repeat(99), place)).toThrow(
      'compressed(json) cannot encode (too-large): 101 bytes, limit is 100',
    )
  })

  it.each(algorithms)('refuses a bomb of %s by the length it admits', (algorithm) => {
    const bomb = compressed(raw(), { algorithm }).encode(Buffer.alloc(10_000_000), place)
    expect(bomb.length).toBeLessThan(100_000)
    const cautious = compressed(raw(), { maxBytes: 1_000_000 })
    expect(() => cautious.decode(bomb, place)).toThrow(
      expect.objectContaining({ reason: 'too-large' }),
    )
  })

  it.each(algorithms)('refuses a bomb of %s that lies about its length', (algorithm) => {
    const bomb = Buffer.from(
      compressed(raw(), { algorithm }).encode(Buffer.alloc(10_000_000), place),
    )
    bomb.writeUInt32LE(1000, 3)
    const before = process.memoryUsage().arrayBuffers
    expect(() => compressed(raw()).decode(bomb, place)).toThrow(
      expect.objectContaining({ reason: 'malformed' }),
    )
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000)
  })

  it.runIf(hasZstd)('refuses zstd bytes that ask for a window of 128 MiB', () => {
    const frame = Buffer.from('28b52ffd00882900006162636465', 'hex')
    expect(zlib.zstdDecompressSync(frame).toString()).toBe('abcde')
    const header = Buffer.from([1, 4, ZSTD, 5, 0, 0, 0])
    expect(() => compressed(raw()).decode(Buffer.concat([header, frame]), place)).toThrow(
      expect.objectContaining({ reason: 'malformed' }),
    )
  })

  it('refuses fewer bytes than were announced', () => {
    const bytes = Buffer.from(codec.encode(rows(40), place))
    bytes.writeUInt32LE(bytes.readUInt32LE(3) + 1, 3)
    expect(() => codec.decode(bytes, place)).toThrow(
      expect.objectContaining({ reason: 'malformed' }),
    )
  })

  it.each([{ threshold: -1 }, { threshold: 1.5 }, { maxBytes: 0 }, { maxBytes: Infinity }])(
    'refuses %o when it is made',
    (options) => {
      expect(() => compressed(msgpack(), options)).toThrow(
        expect.objectContaining({ code: 'ERR_CONFIG' }),
      )
    },
  )

  it('names the algorithms of this runtime when it is asked for another', () => {
    const fromConfiguration: readonly string[] = ['lz4', 'toString']
    for (const algorithm of fromConfiguration)
      // @ts-expect-error a text from configuration is not known to be an algorithm
      expect(() => compressed(msgpack(), { algorithm })).toThrow(
        /algorithm is .+; this runtime has auto, .*deflate, brotli/,
      )
  })
})

describe('the order of wrappers', () => {
  const keys = { keys: { k1: generateKey() }, current: 'k1' }

  it('is encrypted(compressed(codec))', () => {
    expect(encrypted(compressed(msgpack()), keys).name).toBe('encrypted(compressed(msgpack))')
  })

  it.each([
    ['compressed(encrypted)', () => compressed(encrypted(msgpack(), keys))],
    ['compressed(compressed)', () => compressed(compressed(msgpack()))],
    ['encrypted(encrypted)', () => encrypted(encrypted(msgpack(), keys), keys)],
    ['one hidden in a migration', () => compressed(migrating(encrypted(json(), keys), msgpack()))],
  ])('is checked when a codec is made: %s', (_, make) => {
    expect(make).toThrow(/each wrapper goes on once, as in encrypted\(compressed\(msgpack\(\)\)\)/)
  })
})
