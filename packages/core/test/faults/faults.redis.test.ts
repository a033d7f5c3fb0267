import { afterAll, beforeAll, expect, test } from 'vitest'
import { IS_OURS } from '../support/stage.ts'
import { FAULTS } from './suite/all.ts'
import type { AnyFault } from './suite/fault.ts'
import { whyNot } from './suite/grounds.ts'
import { lanesOf, runLanes } from './suite/lanes.ts'
import type { Report } from './suite/run.ts'
import { brokenAnyhow } from './suite/verdict.ts'

/** Each fault once, on a machine that does other things too; `npm run faults` is the long form. */
const BOUND = 2_000
const FLEET = { instances: 2, bound: BOUND, beat: BOUND / 4, timeout: 1_000 }
const RUN = { seconds: 0, readsPerSecond: 100, writesPerSecond: 5 }
const STANDALONE_LANES = 4
const AT_ONCE = 5
const WITHIN = 240_000

// Servers of others are not ours to harm.
const ours = IS_OURS ? FAULTS : []
const reasons = new Map<string, string>()
for (const ground of new Set(ours.map(({ on }) => on))) {
  const why = await whyNot(ground)
  if (why === undefined) continue
  reasons.set(ground, why)
  process.stderr.write(`[faults] nothing on ${ground}: ${why}\n`)
}
const chosen = ours.filter(({ on }) => !reasons.has(on))
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

for (const fault of ours) {
  test.skipIf(reasons.has(fault.on))(
    `on ${fault.on}: ${fault.name}`,
    async () => {
      const report = await Promise.race([reportOf(fault), running.then(() => reports.get(fault))])
      expect(report, 'the fault was done').toBeDefined()
      expect(brokenAnyhow(report as Report)).toEqual([])
    },
    WITHIN,
  )
}

async function reportOf(fault: AnyFault): Promise<Report> {
  for (;;) {
    const report = reports.get(fault)
    if (report !== undefined) return report
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
