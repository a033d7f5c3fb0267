import { expect, test } from 'vitest'
import { OptionError } from '../src/options.ts'
import { parseSoakOptions } from '../src/soak/options.ts'

test('seeds and topologies are runs, one after another', () => {
  const options = parseSoakOptions(['--seeds', '2', '--seed', '7', '--topology', 'all'])
  if (options === 'help') throw new Error('not asked for')
  expect(options.isRecorded).toBe(true)
  expect(options.runs.map(({ seed, topology }) => `${seed} ${topology}`)).toEqual([
    '7 standalone',
    '7 pair',
    '7 sentinel',
    '7 cluster',
    '8 standalone',
    '8 pair',
    '8 sentinel',
    '8 cluster',
  ])
  expect(options.runs[0]).toMatchObject({ faults: true, seconds: 60, bound: 2_000, rate: 20_000 })
})

test('reads can be the limit instead of seconds', () => {
  expect(parseSoakOptions(['--reads', '1.5m'])).toMatchObject({
    runs: [{ reads: 1_500_000, seconds: 86_400 }],
  })
})

test('what is broken on purpose is not recorded', () => {
  expect(parseSoakOptions(['--break', 'bound'])).toMatchObject({ isRecorded: false })
  expect(parseSoakOptions(['--no-record'])).toMatchObject({ isRecorded: false })
})

test('a bad option is named, with what is allowed', () => {
  for (const [args, message] of [
    [['--reads', 'many'], '--reads must be a number such as 500, 20k or 1.5m (got "many")'],
    [['--seeds', '0'], '--seeds must be a whole number from 1 to 1000'],
    [['--rate', '5'], '--rate must be at least 100 (got 5)'],
    [['--topology', 'ring'], '--topology must be one of standalone, pair, sentinel, cluster, all'],
    [['--break', 'all'], '--break must be one of bound, gap, fence (got "all")'],
    [['--faults'], '--faults'],
  ] as const) {
    expect(() => parseSoakOptions(args)).toThrow(OptionError)
    expect(() => parseSoakOptions(args)).toThrow(message)
  }
})
