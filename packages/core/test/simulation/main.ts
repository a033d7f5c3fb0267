import { parseArgs } from 'node:util'
import { FOUND } from './found.ts'
import { type Scenario, scenarioOf } from './scenario.ts'
import { shrink } from './shrink.ts'
import { World } from './world.ts'

const USAGE = `npm run simulation -- [options]
  --seeds N    so many worlds (default 1000)
  --from K     the first seed (default 1)
  --seed S     this one alone
  --trace      print what happens in it
  --no-shrink  print a world that breaks as it is
  --stop N     stop after so many broken worlds (default 1)
  --quiet      print what breaks and nothing else
Ends with 1 if a world breaks.`

/** How often is told how far it is, in milliseconds. */
const TOLD_EVERY = 30_000

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: true },
    stop: { type: 'string', default: '1' },
    quiet: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowNegative: true,
})

if (values.help) console.log(USAGE)
else if (values.seed !== undefined && values.trace) await tell(scenarioOf(Number(values.seed)))
else await search()

/** Runs worlds until enough are broken, and shows each of those as small as it gets. */
async function search(): Promise<void> {
  const from = values.seed === undefined ? Number(values.from) : Number(values.seed)
  const count = values.seed === undefined ? Number(values.seeds) : 1
  const began = performance.now()
  const counts = new Map<string, number>()
  let steps = 0
  let broken = 0
  let toldAt = began
  if (values.seed === undefined) {
    for (const { title, scenario } of FOUND) {
      const violation = await new World(scenario).run()
      if (violation === undefined) continue
      broken++
      console.log(`found before, ${title}: ${violation.rule}: ${violation.detail}`)
      if (values.shrink) await tell(scenario)
    }
  }
  let seed = from
  for (; seed < from + count && broken < Number(values.stop); seed++) {
    const scenario = scenarioOf(seed)
    const world = new World(scenario)
    const violation = await world.run()
    steps += world.facts.scheduler.steps
    for (const [what, times] of world.facts.counts)
      counts.set(what, (counts.get(what) ?? 0) + times)
    if (!values.quiet && performance.now() - toldAt > TOLD_EVERY) {
      toldAt = performance.now()
      console.error(`up to seed ${seed}: ${broken} broken`)
    }
    if (violation === undefined) continue
    broken++
    console.log(`seed ${seed}: ${violation.rule}: ${violation.detail}`)
    if (values.shrink) await tell(await shrink(scenario, violation.rule))
  }
  if (broken > 0) process.exitCode = 1
  if (values.quiet) return
  const seconds = (performance.now() - began) / 1000
  console.log(
    `${seed - from} worlds, ${steps} steps, ${broken} broken, ${seconds.toFixed(1)} s`,
    Object.fromEntries([...counts].toSorted(([a], [b]) => a.localeCompare(b))),
  )
}

/** Runs a world once more and prints all of it. */
async function tell(scenario: Scenario): Promise<void> {
  const { actions, keys, ...rest } = scenario
  console.log(JSON.stringify(rest))
  for (const plan of keys) console.log(`  ${JSON.stringify(plan)}`)
  for (const action of actions) console.log(`  ${JSON.stringify(action)}`)
  const world = new World(scenario, (line) => console.log(line))
  await world.run()
}
