import { type Codec, json } from '@tiercel/serializers'
import { expect, test } from 'vitest'
import { FrameError } from './errors.ts'
import { STAMP_BYTES, decodeFrame } from './frame.ts'
import { decodeValue, encodeValue, measure } from './payload.ts'
import { type Settings, resolveOptions } from './settings.ts'

const HEAD = { grace: 0, cost: 0, tags: [] }

function settingsWith(l2: object = {}, l1: object = {}): Settings {
  return resolveOptions({ namespace: 'shop', l1, l2 })
}

function refuse(): never {
  throw new Error('no')
}

function roundTrip(settings: Settings, value: unknown): unknown {
  const bytes = encodeValue(settings, 'k', value, HEAD)
  return decodeValue(settings, 'k', decodeFrame(Buffer.concat([Buffer.alloc(STAMP_BYTES), bytes])))
}

test('the codec is told where a value lives, so that it can bind the bytes to it', () => {
  const places: unknown[] = []
  const codec: Codec = {
    ...json(),
    encode: (_, place) => {
      places.push(place)
      return Buffer.from('x')
    },
    decode: (_, place) => places.push(place),
  }
  roundTrip(settingsWith({ codec }), 'v')
  expect(places).toEqual([
    { namespace: 'shop', key: 'k' },
    { namespace: 'shop', key: 'k' },
  ])
})

test('"there is none" needs no codec', () => {
  const codec: Codec = {
    ...json(),
    encode: () => {
      throw new Error('asked')
    },
  }
  expect(roundTrip(settingsWith({ codec }), undefined)).toBeUndefined()
})

test('a value that the codec refuses is a FrameError with the reason', () => {
  const encode = settingsWith({ codec: { ...json(), encode: refuse } })
  expect(() => encodeValue(encode, 'k', 'v', HEAD)).toThrow(FrameError)
  expect(() => encodeValue(encode, 'k', 'v', HEAD)).toThrow(`"k" can't be serialized by json`)
  const decode = settingsWith({ codec: { ...json(), decode: refuse } })
  expect(() => roundTrip(decode, 'v')).toThrow(`"k" can't be decoded by json`)
})

test('bytes of another codec are a FrameError, since they would be read as nonsense', () => {
  const bytes = encodeValue(settingsWith({ codec: json() }), 'k', 'v', HEAD)
  const frame = decodeFrame(Buffer.concat([Buffer.alloc(STAMP_BYTES), bytes]))
  expect(() => decodeValue(settingsWith(), 'k', frame)).toThrow(
    /written by codec \d+, not by msgpack/,
  )
})

test('a value is refused above the limit, and not at it', () => {
  const settings = settingsWith({ codec: json(), maxValueBytes: 10 })
  const overhead = json().encode('', { namespace: 'shop', key: 'k' }).byteLength
  expect(roundTrip(settings, 'x'.repeat(10 - overhead))).toHaveLength(10 - overhead)
  expect(() => encodeValue(settings, 'k', 'x'.repeat(11 - overhead), HEAD)).toThrow(
    'the value of "k" serializes to 11 bytes; l2.maxValueBytes is 10',
  )
})

test('bytes are measured only where a limit asks for them', () => {
  let encoded = 0
  const codec: Codec = {
    ...json(),
    encode: () => {
      encoded++
      return Buffer.alloc(123)
    },
  }
  expect(measure(settingsWith({ codec }), 'k', 'v')).toBe(0)
  expect(encoded).toBe(0)
  expect(measure(settingsWith({ codec }, { maxBytes: '1mb' }), 'k', 'v')).toBe(123)
  expect(measure(settingsWith({ codec }, { maxBytes: '1mb' }), 'k', undefined)).toBe(0)
})

test('a value that can not be serialized counts as a kilobyte', () => {
  const settings = settingsWith({ codec: json() }, { maxBytes: '1mb' })
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  expect(measure(settings, 'k', cycle)).toBe(1_024)
})
