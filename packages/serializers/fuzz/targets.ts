import { compressed, encrypted, json, limited, msgpack, raw, v8, validated } from '../src/index.ts'
import type { Codec, CodecContext } from '../src/index.ts'

/** A codec and bytes that it wrote. */
export interface Target {
  readonly codec: Codec
  readonly payloads: readonly Buffer[]
}

export const place: CodecContext = { namespace: 'fuzz', key: 'target' }

/** Stands in every value, so that an error which quotes its input gives itself away. */
export const SECRET = 'hunter2'

const record = { id: 42, secret: SECRET, list: [1, 2.5, -3, null, true], plantable: { a: SECRET } }
const plain = [
  record,
  Array.from({ length: 30 }, (_, id) => ({ ...record, id })),
  SECRET.repeat(20),
]
const rich = [
  ...plain,
  new Map<unknown, unknown>([
    [SECRET, new Set([1n, -(2n ** 80n), undefined])],
    [{ plantable: 1 }, new Date(1e12)],
  ]),
  [/a+b/giu, new TypeError(SECRET, { cause: new Date(-1) }), Buffer.from(SECRET)],
  {
    floats: new Float32Array(20),
    big: new BigInt64Array(3),
    view: new DataView(new ArrayBuffer(5)),
  },
]
const binary = [
  new Float32Array(20),
  Buffer.from(SECRET),
  new BigUint64Array(2),
  new ArrayBuffer(9),
]

const LIMIT = { maxBytes: 1 << 20 }
const keys = { keys: { k1: Buffer.alloc(32, 7) }, current: 'k1' }
const acceptsAll = {
  '~standard': { version: 1, vendor: 'fuzz', validate: (value: unknown) => ({ value }) },
} as const

function target(codec: Codec, values: readonly unknown[]): Target {
  return { codec, payloads: values.map((value) => Buffer.from(codec.encode(value, place))) }
}

/** Made again for each run of the fuzzer, not when it is imported. */
export function makeTargets(): readonly Target[] {
  return [
    target(msgpack(), rich),
    target(msgpack({ records: true }), rich),
    target(v8(), rich),
    target(json(), plain),
    target(raw(), binary),
    target(compressed(msgpack(), { ...LIMIT, threshold: 0 }), rich),
    target(compressed(json(), { ...LIMIT, threshold: 0, algorithm: 'brotli' }), plain),
    target(compressed(v8(), { ...LIMIT, threshold: 0, algorithm: 'deflate' }), rich),
    target(encrypted(msgpack(), keys), rich),
    target(limited(encrypted(compressed(v8(), LIMIT), keys), LIMIT), rich),
    target(validated(msgpack(), acceptsAll), rich),
  ]
}
