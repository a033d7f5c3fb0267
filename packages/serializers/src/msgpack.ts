import { Packr, RESERVE_START_SPACE } from 'msgpackr'
import type { Options } from 'msgpackr'
import { asBuffer } from './as-buffer.ts'
import type { Codec } from './codec.ts'
import { CodecError, kindOf } from './errors.ts'
import { IDS } from './ids.ts'

/** How `msgpack` lays out objects. */
export interface MsgpackOptions {
  /**
   * Write the property names of each object shape once per value: for lists of objects of one shape,
   * which get smaller and decode faster. Small objects get slower. Either kind of bytes is readable
   * whatever is set here.
   *
   * @default false
   */
  readonly records?: boolean
}

const MAPS = 1
const RECORDS = 2

const HEADER = 1
const AFTER_HEADER = { start: HEADER }

const COMMON: Options = {
  moreTypes: true,
  variableMapSize: true,
  copyBuffers: true,
  // Decoding only: no bytes may bring back references, which could make cycles.
  structuredClone: false,
}

/**
 * MessagePack with Date, Map, Set, BigInt, Error, RegExp, undefined and typed arrays; the default.
 *
 * Bytes are self-contained, no structures are shared between processes. The first byte is the layout
 * and its version: MAPS writes objects as MessagePack maps and so has no way left to tell a `Map`
 * apart; a value that holds a `Map` is written again as RECORDS, where objects are records.
 */
export function msgpack(options: MsgpackOptions = {}): Codec {
  let mapsMet = 0
  const maps = new Packr({ ...COMMON, useRecords: false })
  // The one option msgpackr asks for only when it meets a Map, so that looking for one costs nothing.
  Object.defineProperty(maps, 'mapAsEmptyObject', { get: () => ++mapsMet > 0 })
  const records = new Packr(COMMON)

  function pack(value: unknown): Uint8Array {
    if (options.records !== true) {
      const metBefore = mapsMet
      const bytes = maps.pack(value, RESERVE_START_SPACE + HEADER)
      bytes[0] = MAPS
      if (mapsMet === metBefore) return bytes
    }
    const bytes = records.pack(value, RESERVE_START_SPACE + HEADER)
    bytes[0] = RECORDS
    return bytes
  }

  function unpack(bytes: Buffer): unknown {
    // Checked here: msgpackr takes "no bytes left" for "all bytes".
    if (bytes.length > HEADER) {
      if (bytes[0] === MAPS) return maps.unpack(bytes, AFTER_HEADER)
      if (bytes[0] === RECORDS) return records.unpack(bytes, AFTER_HEADER)
    }
    const reason = bytes.length > HEADER ? 'foreign' : 'malformed'
    throw new CodecError(reason, 'msgpack', 'decode', `no known layout in ${bytes.length} bytes`)
  }

  return {
    id: IDS.msgpack,
    name: 'msgpack',
    encode(value) {
      try {
        return pack(value)
      } catch (error) {
        throw new CodecError('unsupported', 'msgpack', 'encode', kindOf(error))
      }
    },
    decode(bytes) {
      try {
        return unpack(asBuffer(bytes))
      } catch (error) {
        if (error instanceof CodecError) throw error
        throw new CodecError('malformed', 'msgpack', 'decode', kindOf(error))
      }
    },
  }
}
