import { DefaultDeserializer, serialize } from 'node:v8'
import { asBuffer } from './as-buffer.ts'
import type { Codec } from './codec.ts'
import { CodecError, kindOf } from './errors.ts'
import { IDS } from './ids.ts'
import { ownMemory } from './own-memory.ts'
import { mayNameProto, removeProtoKeys } from './proto-keys.ts'

/** First byte of everything V8 writes; the second is the version of its format. */
const V8_HEADER = 0xff
const HEADER = 2

/** V8's structured clone: the most types, cycles included, for Nodes of the same or a newer V8. */
export function v8(): Codec {
  const newest = serialize(null)[1]!
  return {
    id: IDS.v8,
    name: 'v8',
    encode(value) {
      try {
        return serialize(value)
      } catch (error) {
        throw new CodecError('unsupported', 'v8', 'encode', kindOf(error))
      }
    },
    decode(bytes) {
      if (bytes.length <= HEADER)
        throw new CodecError('malformed', 'v8', 'decode', `${bytes.length} bytes`)
      if (bytes[0] !== V8_HEADER || bytes[1]! > newest)
        throw new CodecError('foreign', 'v8', 'decode', `format ${bytes[1]}, newest is ${newest}`)
      try {
        return deserialize(asBuffer(bytes))
      } catch (error) {
        throw new CodecError('malformed', 'v8', 'decode', kindOf(error))
      }
    },
  }
}

function deserialize(bytes: Buffer): unknown {
  const deserializer = new CopyingDeserializer(bytes)
  deserializer.readHeader()
  const value: unknown = deserializer.readValue()
  if (mayNameProto(bytes)) removeProtoKeys(value)
  return value
}

// Documented by Node, absent from its types.
const readHostObject: (this: DefaultDeserializer) => ArrayBufferView = Reflect.get(
  DefaultDeserializer.prototype,
  '_readHostObject',
)

/** Node's own, except that views are copied: as Node makes them they share the memory of the bytes. */
class CopyingDeserializer extends DefaultDeserializer {
  _readHostObject(): ArrayBufferView {
    return ownMemory(readHostObject.call(this))
  }
}
