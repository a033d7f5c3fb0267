import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import nodeV8 from 'node:v8'
import zlib from 'node:zlib'
import { Packr } from 'msgpackr'
import secureJson from 'secure-json-parse'
import { compressed, encrypted, json, msgpack, raw, v8 } from '../src/index.ts'
import type { Codec } from '../src/index.ts'
import { embedding } from './payloads.ts'

export const place = { namespace: 'bench', key: 'user:42' }

/** What somebody without this package would write. */
export interface Library {
  encode(value: unknown): Uint8Array
  decode(bytes: Buffer): unknown
}

const common = { moreTypes: true, variableMapSize: true, copyBuffers: true }
const plainPackr = new Packr({ ...common, useRecords: false })
const recordPackr = new Packr(common)
const key = createSecretKey(randomBytes(32))
const zstd = { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } }

const msgpackr: Library = {
  encode: (value) => plainPackr.pack(value),
  decode: (bytes) => plainPackr.unpack(bytes),
}
const msgpackrRecords: Library = {
  encode: (value) => recordPackr.pack(value),
  decode: (bytes) => recordPackr.unpack(bytes),
}
export const bareJson: Library = {
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(bytes.toString()),
}
/** What guards against `__proto__` as `json()` does. */
const guardedJson: Library = {
  encode: (value) => bareJson.encode(value),
  decode: (bytes) =>
    secureJson.parse(bytes.toString(), null, {
      protoAction: 'remove',
      constructorAction: 'ignore',
    }),
}
const bareV8: Library = {
  encode: (value) => nodeV8.serialize(value),
  decode: (bytes) => nodeV8.deserialize(bytes),
}
const msgpackrZstd: Library = {
  encode: (value) => zlib.zstdCompressSync(plainPackr.pack(value), zstd),
  decode: (bytes) => plainPackr.unpack(zlib.zstdDecompressSync(bytes)),
}
const msgpackrGcm: Library = {
  encode(value) {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    cipher.setAAD(Buffer.from(place.key))
    const sealed = cipher.update(plainPackr.pack(value))
    return Buffer.concat([nonce, sealed, cipher.final(), cipher.getAuthTag()])
  },
  decode(bytes) {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
    decipher.setAAD(Buffer.from(place.key)).setAuthTag(bytes.subarray(-16))
    const plain = decipher.update(bytes.subarray(12, -16))
    return plainPackr.unpack(Buffer.concat([plain, decipher.final()]))
  },
}
const copiedFloats: Library = {
  encode: () =>
    Buffer.from(Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength)),
  decode: ({ buffer, byteOffset, byteLength }) =>
    new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength)),
}

/** A codec and what it is compared to. */
export interface Pair {
  readonly name: string
  readonly codec: Codec
  readonly over: string
  readonly library: Library
}

export const pairs: readonly Pair[] = [
  { name: 'msgpack()', codec: msgpack(), over: 'msgpackr', library: msgpackr },
  {
    name: 'msgpack({ records: true })',
    codec: msgpack({ records: true }),
    over: 'msgpackr, records',
    library: msgpackrRecords,
  },
  { name: 'json()', codec: json(), over: 'JSON', library: bareJson },
  { name: 'v8()', codec: v8(), over: 'node:v8', library: bareV8 },
  {
    name: 'compressed(msgpack())',
    codec: compressed(msgpack()),
    over: 'msgpackr + zstd',
    library: msgpackrZstd,
  },
  {
    name: 'encrypted(msgpack())',
    codec: encrypted(msgpack(), { keys: { k1: key }, current: 'k1' }),
    over: 'msgpackr + AES-256-GCM',
    library: msgpackrGcm,
  },
]

/** Over the library alone: the same codec, beside one that refuses what it refuses. */
export const guardedPair: Pair = {
  name: 'json()',
  codec: json(),
  over: 'secure-json-parse',
  library: guardedJson,
}

/** For the embedding alone. */
export const rawPair: Pair = {
  name: 'raw()',
  codec: raw(),
  over: 'a copy',
  library: copiedFloats,
}
