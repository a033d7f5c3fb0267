import { expect, test } from 'vitest'
import { check } from '../src/check.ts'
import { CONFIGURATIONS, nameOf } from '../src/configurations.ts'
import { findTools } from '../src/spin.ts'

/** Those that take a second or two: `pnpm model` runs the others. */
const QUICK = [
  'tags NR=1 NJ=1 NW=2 NX=0',
  'outbox NW=1 NF=1',
  'coherence NW=2 BREAK_NO_FENCE',
  'outbox NW=1 NF=1 BREAK_NUMBERING_STAYS_KNOWN',
  'lease NI=2 NL=0 CRASH BREAK_PATIENCE_WITHOUT_END',
]

const tools = findTools()
if (tools === undefined) {
  process.stderr.write(
    'model: skipped, no spin or no C compiler here (`pnpm model` fetches spin)\n',
  )
}

test.runIf(tools !== undefined).each(QUICK)('%s', { timeout: 120_000 }, async (name) => {
  const configuration = CONFIGURATIONS.find((one) => nameOf(one) === name)
  if (configuration === undefined || tools === undefined) throw new Error(`no ${name}`)
  const { verdict, trail } = await check(tools, configuration)
  const said = verdict === configuration.expected ? verdict : `${verdict}: ${trail}`
  expect(said).toBe(configuration.expected)
})

test('each configuration has a name of its own', () => {
  const names = CONFIGURATIONS.map(nameOf)
  expect(new Set(names).size).toBe(names.length)
})
