import { readerOf } from '@tiercel/serializers'
import { FrameError } from './errors.ts'
import type { Settings } from './settings.ts'
import { type Extras, type Frame, encodeFrame } from './frame.ts'

/** What beside the value goes into a frame. */
interface FrameHead {
  readonly grace: number
  readonly cost: number
  readonly tags: readonly string[]
  readonly extras?: Extras | undefined
}

/** @throws {FrameError} when the value can't be serialized, or to too many bytes */
export function encodeValue(
  settings: Settings,
  key: string,
  value: unknown,
  head: FrameHead,
): Buffer {
  const { codec, namespace, maxValueBytes } = settings
  const isAbsent = value === undefined
  const payload = isAbsent ? EMPTY : encode()
  if (payload.byteLength > maxValueBytes) {
    throw new FrameError(
      `the value of "${key}" serializes to ${payload.byteLength} bytes; l2.maxValueBytes is ${maxValueBytes}`,
      { key },
    )
  }
  return encodeFrame({ ...head, isAbsent, codecId: codec.id, payload })

  function encode(): Uint8Array {
    try {
      return codec.encode(value, { namespace, key })
    } catch (cause) {
      throw new FrameError(`the value of "${key}" can't be serialized by ${codec.name}`, {
        key,
        cause,
      })
    }
  }
}

/** @throws {FrameError} when the bytes were not written by the codec in use, or it can't read them */
export function decodeValue(settings: Settings, key: string, frame: Frame): unknown {
  const { codec, namespace } = settings
  if (frame.isAbsent) return undefined
  if (frame.count !== undefined) return frame.count
  const reader = readerOf(codec, frame.codecId)
  if (reader === undefined) {
    throw new FrameError(`"${key}" was written by codec ${frame.codecId}, not by ${codec.name}`, {
      key,
    })
  }
  try {
    return reader.decode(frame.payload, { namespace, key })
  } catch (cause) {
    throw new FrameError(`"${key}" can't be decoded by ${codec.name}`, { key, cause })
  }
}

/** What a value that can't be serialized counts as in an L1 that is limited by bytes. */
const UNMEASURED = 1_024

/** Bytes of a value that is stored in L1 alone; 0 where no limit asks for them. */
export function measure(settings: Settings, key: string, value: unknown): number {
  if (settings.maxBytes === Infinity || value === undefined) return 0
  try {
    return settings.codec.encode(value, { namespace: settings.namespace, key }).byteLength
  } catch {
    return UNMEASURED // it can't be stored in L2 either, where that is reported
  }
}

const EMPTY = new Uint8Array(0)
