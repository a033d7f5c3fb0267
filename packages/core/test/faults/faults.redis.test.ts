import { afterAll, beforeAll, expect, test } from 'vitest'
import { IS_OURS } from '../support/stage.ts'
import { FAULTS } from './suite/all.ts'
import type { AnyFault } from './suite/fault.ts'
import { lanesOf, runLanes } from './suite/lanes.ts'
import type { Report } from './suite/run.ts'
import { brokenPromises } from './suite/verdict.ts'

/** Short, with a bound to match; `pnpm faults` is the long form. */
const BOUND = 1_000
const FLEET = { instances: 2, bound: BOUND, beat: BOUND / 4 }
const RUN = { seconds: 0, readsPerSecond: 200, writesPerSecond: 5 }
const STANDALONE_LANES = 4
const AT_ONCE = 8
const WITHIN = 240_000

// Servers of others are not ours to harm.
const chosen = IS_OURS ? FAULTS : []
const reports = new Map<AnyFault, Report>()
let running: Promise<void>

beforeAll(() => {
  // Those that take longest to begin come first.
  const lanes = lanesOf(chosen, STANDALONE_LANES).toReversed()
  running = runLanes(lanes, AT_ONCE, FLEET, RUN, {
    begin: () => {},
    end: (report) => reports.set(report.fault, report),
  })
  running.catch(() => {}) // the tests tell
})

afterAll(() => running.catch(() => {}), WITHIN)

test.each(chosen.map((fault) => [fault.on, fault.name, fault] as const))(
  'on %s: %s',
  async (_on, _name, fault) => {
    const report = await Promise.race([reportOf(fault), running.then(() => reports.get(fault))])
    expect(report, 'the fault was done').toBeDefined()
    expect(brokenPromises(report as Report)).toEqual([])
  },
  WITHIN,
)

async function reportOf(fault: AnyFault): Promise<Report> {
  for (;;) {
    const report = reports.get(fault)
    if (report !== undefined) return report
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
