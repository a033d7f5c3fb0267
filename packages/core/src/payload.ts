import { performance } from 'node:perf_hooks'
import { readerOf } from '@tiercel/serializers'
import { type CodecRecord, codecChannel } from './channels.ts'
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
      return timed(settings, key, 'encode', undefined, () =>
        codec.encode(value, { namespace, key }),
      )
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
    const { payload } = frame
    return timed(settings, key, 'decode', payload, () => reader.decode(payload, { namespace, key }))
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

/** What `run` answers; who listens is told how long it took, and of how many bytes. */
function timed<T>(
  { namespace, cache, family }: Settings,
  key: string,
  operation: CodecRecord['operation'],
  payload: Uint8Array | undefined,
  run: () => T,
): T {
  if (!codecChannel.hasSubscribers) return run()
  // Work of this thread, which no other clock can stand for.
  const began = performance.now()
  let bytes = payload?.byteLength ?? 0
  let outcome: CodecRecord['outcome'] = 'failed'
  try {
    const made = run()
    outcome = 'done'
    if (payload === undefined) bytes = (made as Uint8Array).byteLength
    return made
  } finally {
    const ms = performance.now() - began
    codecChannel.publish({ namespace, cache, key, family, operation, outcome, bytes, ms })
  }
}
