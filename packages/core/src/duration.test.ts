import { expect, test } from 'vitest'
import { type Duration, type Size, bytes, milliseconds, shown } from './duration.ts'
import { ConfigError } from './errors.ts'

test.each<[Duration, number]>([
  [0, 0],
  [1, 1],
  [0.5, 0.5],
  ['0ms', 0],
  ['250ms', 250],
  ['30s', 30_000],
  ['1.5s', 1_500],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['0.5h', 1_800_000],
  ['1d', 86_400_000],
  [4_294_967_295, 4_294_967_295],
])('%s is %d milliseconds', (value, ms) => {
  expect(milliseconds('ttl', value)).toBe(ms)
})

test('Infinity stays what it is, since it means no limit', () => {
  expect(milliseconds('ttl', Infinity)).toBe(Infinity)
  expect(bytes('l1.maxBytes', Infinity)).toBe(Infinity)
})

test.each<[unknown]>([
  [-1],
  [NaN],
  [-Infinity],
  [4_294_967_296],
  ['50d'],
  ['5'],
  ['5 m'],
  [' 5m'],
  ['5m '],
  ['-5m'],
  ['5M'],
  ['5min'],
  ['1e3ms'],
  ['.5s'],
  ['m'],
  [''],
  ['soon'],
  ['5constructor'],
  [null],
  [undefined],
  [true],
  [5n],
  [Symbol('5m')],
  [{}],
  [Object.create(null)],
  [[5]],
])('%o is no duration, and the error names the option and what is allowed', (value) => {
  const parse = (): unknown => milliseconds('defaults.ttl', value as Duration)
  expect(parse).toThrow(ConfigError)
  expect(parse).toThrow(/defaults\.ttl must be a duration: .*'5m'.*at most 49 days/)
})

test.each<[Size, number]>([
  [1, 1],
  [1.9, 1],
  ['1b', 1],
  ['512kb', 524_288],
  ['1.5kb', 1_536],
  ['64mb', 67_108_864],
  ['1gb', 1_073_741_824],
])('%s is %d bytes', (value, size) => {
  expect(bytes('l1.maxBytes', value)).toBe(size)
})

test.each<[unknown]>([
  [0],
  ['0mb'],
  [-1],
  [NaN],
  ['64'],
  ['64MB'],
  ['64 mb'],
  [0.5],
  ['0.5b'],
  [null],
  [{}],
])('%o is no size, and the error names the option and what is allowed', (value) => {
  const parse = (): unknown => bytes('l1.maxBytes', value as Size)
  expect(parse).toThrow(ConfigError)
  expect(parse).toThrow(/l1\.maxBytes must be a size: .*'64mb'/)
})

test('an error shows the value as it was given, a string with its quotes', () => {
  expect(() => milliseconds('grace', 'soon' as Duration)).toThrow('(got "soon")')
  expect(() => milliseconds('grace', -1)).toThrow('(got -1)')
  expect(shown(undefined)).toBe('undefined')
  expect(shown({ a: { b: {} } })).toBe('{ a: [Object] }')
})
