/** `npm run faults`: does one fault after the other for a while, and prints what came of each. */
import { parseArgs } from 'node:util'
import { FAULTS } from './suite/all.ts'
import type { AnyFault } from './suite/fault.ts'
import { whyNot } from './suite/grounds.ts'
import { lanesOf, runLanes } from './suite/lanes.ts'
import type { Report } from './suite/run.ts'
import { table } from './suite/table.ts'
import { brokenPromises } from './suite/verdict.ts'

const USAGE = `npm run faults -- [options]
  --only NAME     faults whose name, or kind of Redis, contains this
  --seconds N     how long each one is done again and again (default 20)
  --bound MS      maxStaleness of the instances in milliseconds (default 2000)
  --instances N   processes before each Redis (default 3)
  --list          the faults
  --help          this
Ends with 1 if a promise was broken.
`

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '20' },
    bound: { type: 'string', default: '2000' },
    instances: { type: 'string', default: '3' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const named = FAULTS.filter(({ name, on }) => `${on}: ${name}`.includes(values.only))

if (values.help) process.stdout.write(USAGE)
else if (named.length === 0) {
  process.stderr.write(`no fault is named like "${values.only}"; see --list\n`)
  process.exitCode = 2
} else if (values.list) for (const { name, on } of named) process.stdout.write(`${on}: ${name}\n`)
else {
  const isWhole = await runAll()
  // With an exit: Node may never end by itself after many sockets and processes that were killed.
  process.exit(isWhole ? 0 : 1)
}

async function runAll(): Promise<boolean> {
  const bound = Number(values.bound)
  const fleet = { instances: Number(values.instances), bound, beat: bound / 4, timeout: 250 }
  const run = { seconds: Number(values.seconds), readsPerSecond: 600, writesPerSecond: 6 }
  const reports: Report[] = []
  const chosen = await possible()
  // One after the other, so that no fleet takes another's processor.
  await runLanes(lanesOf(chosen, 1), 1, fleet, run, {
    begin: ({ on, name }) => void process.stderr.write(`${on}: ${name} … `),
    end: (report) => {
      reports.push(report)
      const broken = brokenPromises(report)
      process.stderr.write(`${report.rounds} rounds, ${broken.join('; ') || 'ok'}\n`)
    },
  })
  process.stdout.write(`\n${table(reports)}`)
  return reports.every((report) => brokenPromises(report).length === 0)
}

/** Those whose kind of Redis can be had here. */
async function possible(): Promise<readonly AnyFault[]> {
  let left = named
  for (const ground of new Set(named.map(({ on }) => on))) {
    const why = await whyNot(ground)
    if (why === undefined) continue
    process.stderr.write(`nothing on ${ground}: ${why}\n`)
    left = left.filter(({ on }) => on !== ground)
  }
  return left
}
