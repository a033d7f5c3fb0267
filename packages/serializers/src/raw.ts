import { endianness } from 'node:os'
import type { Codec } from './codec.ts'
import { CodecError } from './errors.ts'
import { IDS } from './ids.ts'

/** What `raw` carries, by name. `Float16Array` only where the runtime has it. */
export interface RawKinds {
  readonly Buffer: Buffer
  readonly ArrayBuffer: ArrayBuffer
  readonly DataView: DataView
  readonly Uint8Array: Uint8Array
  readonly Uint8ClampedArray: Uint8ClampedArray
  readonly Int8Array: Int8Array
  readonly Uint16Array: Uint16Array
  readonly Int16Array: Int16Array
  readonly Uint32Array: Uint32Array
  readonly Int32Array: Int32Array
  readonly Float16Array: ArrayBufferView
  readonly Float32Array: Float32Array
  readonly Float64Array: Float64Array
  readonly BigInt64Array: BigInt64Array
  readonly BigUint64Array: BigUint64Array
}

type Kind = keyof RawKinds
/** Any value that `raw` carries. */
export type RawValue = RawKinds[Kind]
type View = new (memory: ArrayBuffer) => RawValue

/** The position of a kind is written into the bytes: append only. */
const KINDS: readonly Kind[] = [
  'Buffer',
  'ArrayBuffer',
  'DataView',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
]

const KIND_BY_TAG: ReadonlyMap<unknown, Kind> = new Map(KINDS.map((kind) => [kind, kind]))

/** Added to the kind by machines that store the high byte of a number first. */
const BIG_ENDIAN = 0x80
const BYTE_ORDER = endianness() === 'BE' ? BIG_ENDIAN : 0
const HEADER = 1

/**
 * Bytes as they are, after one byte that says their kind and byte order: an embedding comes back as
 * the same `Float32Array`, aligned, in memory of its own. One copy each way and no conversion.
 * Given a kind, as in `raw('Float32Array')`, nothing else passes either way.
 */
export function raw(): Codec<RawValue>
export function raw<K extends Kind>(only: K): Codec<RawKinds[K]>
export function raw(only?: Kind): Codec<RawValue> {
  const name = only === undefined ? 'raw' : `raw(${only})`
  return {
    id: IDS.raw,
    name,
    encode(value) {
      const kind = kindOfValue(value)
      if (kind === undefined || (only !== undefined && kind !== only))
        throw new CodecError('unsupported', name, 'encode', kind ?? typeof value)
      const source = bytesOf(value)
      const bytes = Buffer.allocUnsafe(HEADER + source.length)
      bytes[0] = KINDS.indexOf(kind) | BYTE_ORDER
      bytes.set(source, HEADER)
      return bytes
    },
    decode(bytes) {
      if (bytes.length < HEADER) throw new CodecError('malformed', name, 'decode', 'no bytes')
      const kind = KINDS[bytes[0]! ^ BYTE_ORDER]
      if (kind === undefined || (only !== undefined && kind !== only))
        throw new CodecError('foreign', name, 'decode', kind ?? `kind ${bytes[0]}`)
      return view(kind, copyOf(bytes), name)
    },
  }
}

function kindOfValue(value: unknown): Kind | undefined {
  if (Buffer.isBuffer(value)) return 'Buffer'
  if (!ArrayBuffer.isView(value)) return value instanceof ArrayBuffer ? 'ArrayBuffer' : undefined
  return KIND_BY_TAG.get(Reflect.get(value, Symbol.toStringTag))
}

function bytesOf(value: RawValue): Uint8Array {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value)
}

/** The payload in memory that nothing else shares, where every kind of number is aligned. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  const memory = new ArrayBuffer(bytes.length - HEADER)
  new Uint8Array(memory).set(bytes.subarray(HEADER))
  return memory
}

function view(kind: Kind, memory: ArrayBuffer, name: string): RawValue {
  if (kind === 'ArrayBuffer') return memory
  if (kind === 'Buffer') return Buffer.from(memory)
  const Class: View | undefined = Reflect.get(globalThis, kind)
  if (Class === undefined)
    throw new CodecError('foreign', name, 'decode', `this runtime has no ${kind}`)
  try {
    return new Class(memory)
  } catch {
    // The only thing these constructors refuse is a length that is not whole numbers.
    throw new CodecError('malformed', name, 'decode', `${memory.byteLength} bytes of ${kind}`)
  }
}
