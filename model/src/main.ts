import { parseArgs } from 'node:util'
import { check, type Checked } from './check.ts'
import { CONFIGURATIONS, type Configuration, nameOf } from './configurations.ts'
import { provideTools } from './spin.ts'

const HELP = `Checks the model of the coherence protocol: each configuration in all its states.

  pnpm model              all small configurations, and all that break a rule (about a minute or two)
  pnpm model --all        the large ones as well
  pnpm model --only NAME  those whose name contains NAME, large or not
  pnpm model --list       their names
  pnpm model --trail      print the steps to what was found, also where it was expected

It fails if a configuration that must hold does not, or was not searched to its end, or if one that
breaks a rule is not noticed. spin and a C compiler are needed; spin is fetched where apt-get can.
`

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
    trail: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const asked = CONFIGURATIONS.filter((configuration) =>
  values.only === undefined
    ? values.all || !configuration.isLarge
    : nameOf(configuration).includes(values.only),
)

if (values.help) process.stdout.write(HELP)
else if (values.list) process.stdout.write(`${asked.map(nameOf).join('\n')}\n`)
else if (asked.length === 0) fail(`no configuration is named like "${values.only}"; see --list`)
else await checkAll(asked)

async function checkAll(configurations: readonly Configuration[]): Promise<void> {
  let tools
  try {
    tools = await provideTools()
  } catch (error) {
    return fail((error as Error).message)
  }
  const width = Math.max(...configurations.map((one) => nameOf(one).length))
  const row = (
    ...[name = '', states = '', expected = '', got = '', seconds = '']: string[]
  ): void => {
    const cells = [name.padEnd(width), states.padStart(11), expected.padEnd(9), got.padEnd(10)]
    process.stdout.write(`${cells.join('  ')}  ${seconds.padStart(7)}\n`)
  }
  row('configuration', 'states', 'expected', 'got', 'seconds')
  let failures = 0
  for (const configuration of configurations) {
    const checked = await check(tools, configuration)
    const { verdict, states, seconds, trail } = checked
    row(nameOf(configuration), String(states), configuration.expected, verdict, seconds.toFixed(1))
    const isAsExpected = verdict === configuration.expected
    if (!isAsExpected) failures++
    if (!isAsExpected || values.trail) print(trail, checked)
  }
  const count = `${configurations.length} configurations`
  if (failures > 0) fail(`${failures} of ${count} are not as expected`)
  else process.stdout.write(`${count}, all as expected\n`)
}

function print(trail: string, { verdict }: Checked): void {
  if (trail !== '') process.stdout.write(`--- ${verdict}:\n${trail}\n---\n`)
}

function fail(message: string): void {
  process.stderr.write(`model: ${message}\n`)
  process.exitCode = 1
}
