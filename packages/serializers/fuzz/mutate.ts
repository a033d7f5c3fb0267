import type { Random } from './random.ts'

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer

/** Edges of lengths and of the token ranges of MessagePack and V8. */
const EDGES = [0x00, 0x01, 0x7f, 0x80, 0x8f, 0x9f, 0xc1, 0xc6, 0xc9, 0xd4, 0xdb, 0xdd, 0xdf, 0xff]
const PLANTABLE = Buffer.from('plantable')
const PROTO = Buffer.from('__proto__')

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
    return bytes
  },
  function setEdge(bytes, random) {
    bytes[random.below(bytes.length)] = random.pick(EDGES)
    return bytes
  },
  function setEdges(bytes, random) {
    const start = random.below(bytes.length)
    bytes.subarray(start, start + 1 + random.below(8)).fill(random.pick(EDGES))
    return bytes
  },
  function setAny(bytes, random) {
    bytes[random.below(bytes.length)] = random.below(256)
    return bytes
  },
  function cut(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length))
  },
  function remove(bytes, random) {
    const start = random.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 1 + random.below(8))])
  },
  function append(bytes, random) {
    return Buffer.concat([bytes, Buffer.from([random.below(256), random.pick(EDGES)])])
  },
  function repeat(bytes, random) {
    const start = random.below(bytes.length)
    const part = bytes.subarray(start, start + 1 + random.below(16))
    return Buffer.concat([bytes.subarray(0, start), part, part, bytes.subarray(start)])
  },
  function splice(bytes, random, other) {
    return Buffer.concat([
      bytes.subarray(0, random.below(bytes.length)),
      other.subarray(random.below(other.length)),
    ])
  },
  function plantProto(bytes) {
    const at = bytes.indexOf(PLANTABLE)
    if (at >= 0) PROTO.copy(bytes, at)
    return bytes
  },
]

/** A copy of `bytes` with one to four things wrong with it. */
export function mutate(bytes: Buffer, random: Random, other: Buffer): Buffer {
  let mutated: Buffer = Buffer.from(bytes)
  for (let left = 1 + random.below(4); left > 0 && mutated.length > 0; left--)
    mutated = random.pick(MUTATIONS)(mutated, random, other)
  return mutated
}
