import { expect, test } from 'vitest'
import { OptionError, parseOptions } from '../src/options.ts'

test('every option has a default, and the seed is one that can be given again', () => {
  const options = parseOptions([])
  expect(options).toMatchObject({ instances: 4, seconds: 15, faults: false, bound: 5_000 })
  if (options === 'help') throw new Error('not asked for')
  expect(parseOptions(['--seed', String(options.seed)])).toEqual(options)
})

test('a bound is a duration', () => {
  for (const [text, bound] of [
    ['500ms', 500],
    ['1.5s', 1_500],
    ['1m', 60_000],
  ]) {
    expect(parseOptions(['--bound', String(text)])).toMatchObject({ bound })
  }
})

test('a bad option is named, with what is allowed', () => {
  for (const [args, message] of [
    [['--instances', '0'], '--instances must be a whole number from 1 to 16 (got "0")'],
    [['--seconds', '1e3'], '--seconds must be a whole number'],
    [['--bound', '5'], '--bound must be a duration from 500ms to 10m (got "5")'],
    [['--bound', '100ms'], '--bound must be a duration from 500ms'],
    [['--seed', '-1'], '--seed'],
    [['--fault'], '--fault'],
    [['more'], 'more'],
  ] as const) {
    expect(() => parseOptions(args)).toThrow(OptionError)
    expect(() => parseOptions(args)).toThrow(message)
  }
})
