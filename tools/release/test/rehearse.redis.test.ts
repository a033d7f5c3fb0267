import { expect, test } from 'vitest'
import { OptionError, parseOptions } from '../src/options.ts'
import { rehearse } from '../src/rehearse.ts'

/** Copy, build, publish, and a project for each package: minutes on a busy machine. */
const LIMIT = 600_000

test(
  'every package can be published, installed alone, imported, required, compiled and used',
  { timeout: LIMIT },
  async () => {
    const options = parseOptions(['--quick'])
    const trials = await rehearse(options as Exclude<typeof options, 'help'>, () => {})
    const failures = trials.flatMap((trial) =>
      trial.checks
        .filter(({ error }) => error !== undefined)
        .map(({ name, error }) => [trial.package, name, String(error)]),
    )
    expect(failures).toEqual([])
    expect(trials.map((trial) => trial.package)).toContain('@tiercel/core')
    for (const { version } of trials) expect(version).not.toBe('0.0.0')
  },
)

test('an option that is not known is named', () => {
  expect(() => parseOptions(['--fast'])).toThrow(OptionError)
  expect(() => parseOptions(['--fast'])).toThrow(/--fast.*--help/s)
  expect(parseOptions([])).toMatchObject({ managers: ['npm', 'pnpm'], nodes: ['22', '24'] })
})
