import { readFileSync } from 'node:fs'
import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { compressed, encrypted, json, msgpack, raw, v8 } from '../src/index.ts'
import type { Codec } from '../src/index.ts'
import { place } from './place.ts'

/**
 * Bytes of every released format. What one release wrote the next one reads, so a file here is never
 * changed: a new format gets a new file. A missing file is written, except in CI.
 */
interface Golden {
  readonly file: string
  readonly codec: Codec
  readonly value: unknown
  /** Whether encoding the value gives these very bytes, and not just some that mean the same. */
  readonly exact: boolean
}

const keys = {
  keys: { 'golden-1': Buffer.alloc(32, 1).toString('base64url') },
  current: 'golden-1',
}
const plain = { id: 42, name: 'Ada é😀', score: -1.5, tags: ['a', null], nested: { on: true } }
const rich = {
  ...plain,
  at: new Date('2026-01-02T03:04:05.678Z'),
  gone: undefined,
  large: 2n ** 80n,
  set: new Set(['x']),
  pattern: /a+b/giu,
  error: new TypeError('wrong', { cause: 'reason' }),
  buffer: Buffer.from('bytes'),
  floats: new Float32Array([1.5, -2]),
}
const withMap = { ...rich, map: new Map<unknown, unknown>([[1, new Map()]]) }
const rows = Array.from({ length: 40 }, (_, id) => ({ id, name: `user ${id}`, role: 'member' }))

const goldens: readonly Golden[] = [
  { file: 'msgpack-1-maps', codec: msgpack(), value: rich, exact: true },
  { file: 'msgpack-2-records', codec: msgpack(), value: withMap, exact: true },
  { file: 'json', codec: json(), value: plain, exact: true },
  { file: 'v8-15', codec: v8(), value: { ...plain, set: rich.set, at: rich.at }, exact: false },
  { file: 'raw-float32', codec: raw(), value: new Float32Array([1.5, -2]), exact: true },
  { file: 'raw-buffer', codec: raw(), value: Buffer.from('bytes'), exact: true },
  { file: 'compressed-1-stored', codec: compressed(msgpack()), value: plain, exact: true },
  ...(['deflate', 'brotli', 'zstd'] as const)
    .filter((algorithm) => algorithm !== 'zstd' || 'zstdCompressSync' in zlib)
    .map((algorithm) => ({
      file: `compressed-1-${algorithm}`,
      codec: compressed(json(), { algorithm, threshold: 0 }),
      value: rows,
      exact: false,
    })),
  { file: 'encrypted-1', codec: encrypted(msgpack(), keys), value: rich, exact: false },
]

const path = (file: string): string => `golden/${file}.hex`
const inLines = (hex: string): string => `${hex.replaceAll(/.{96}/g, '$&\n').trimEnd()}\n`

describe.each(goldens)('$file', ({ file, codec, value, exact }) => {
  it.runIf(exact)('is what is written today', async () => {
    const hex = Buffer.from(codec.encode(value, place)).toString('hex')
    await expect(inLines(hex)).toMatchFileSnapshot(path(file))
  })

  it('is read today', () => {
    const text = readFileSync(new URL(path(file), import.meta.url), 'utf8')
    const bytes = Buffer.from(text.replaceAll('\n', ''), 'hex')
    expect(codec.decode(bytes, place)).toStrictEqual(value)
  })
})
