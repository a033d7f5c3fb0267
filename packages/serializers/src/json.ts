import { asBuffer } from './as-buffer.ts'
import type { Codec } from './codec.ts'
import { CodecError, kindOf } from './errors.ts'
import { IDS } from './ids.ts'

/** JSON as UTF-8: readable by anything, faithful only to what JSON itself has. */
export function json(): Codec {
  return {
    id: IDS.json,
    name: 'json',
    encode(value) {
      const text = stringify(value)
      if (text === undefined)
        throw new CodecError('unsupported', 'json', 'encode', `no JSON for ${typeof value}`)
      return Buffer.from(text)
    },
    decode(bytes) {
      const text = asBuffer(bytes).toString()
      try {
        return parse(text)
      } catch (error) {
        throw new CodecError('malformed', 'json', 'decode', kindOf(error))
      }
    },
  }
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (error) {
    throw new CodecError('unsupported', 'json', 'encode', kindOf(error))
  }
}

/** The name, or how any letter of it would start if it were escaped. */
const MAY_NAME_PROTO = /__proto__|\\u00/

/** A reviver costs several times the parse, so it runs only for text that may need it. */
function parse(text: string): unknown {
  return MAY_NAME_PROTO.test(text) ? JSON.parse(text, withoutProto) : JSON.parse(text)
}

/** Drops the key: harmless where it is, it sets a prototype as soon as somebody copies the object. */
function withoutProto(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}
