import { describe, expect, test } from 'vitest'
import { FOUND } from './found.ts'
import { CORE, judgeMutant, mutated } from './mutants.ts'
import { MUTATIONS } from './mutations.ts'
import { scenarioOf } from './scenario.ts'
import { shrink } from './shrink.ts'
import { World } from './world.ts'

/** More are run by `main.ts`, and all mutations by `check-mutations.ts`. */
const SEEDS = 1_000
/** Mutations that some of the first worlds, or a test, notice: enough to know that the checks look. */
const QUICKLY_CAUGHT = [
  'a fill needs its fence',
  'what is invalidated leaves L1',
  'a hole between messages is noticed',
  'an own change is applied with its number',
  'what waits for Redis ends the trust in the numbering',
  'a refused value leaves L1',
]

describe('what random worlds found before', () => {
  for (const { title, scenario } of FOUND) {
    test(`${title}: no more`, async () => {
      expect(await new World(scenario).run()).toBeUndefined()
    })
  }
})

test(`${SEEDS} worlds at random keep every promise`, { timeout: 120_000 }, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const scenario = scenarioOf(seed)
    const violation = await new World(scenario).run()
    if (violation === undefined) continue
    const smallest = await shrink(scenario, violation.rule)
    const lines: string[] = []
    await new World(smallest, (line) => lines.push(line)).run()
    const { actions, ...rest } = smallest
    const story = [
      JSON.stringify(rest),
      ...actions.map((action) => JSON.stringify(action)),
      ...lines,
    ]
    expect.fail(`seed ${seed}: ${violation.rule}: ${violation.detail}\n${story.join('\n')}`)
  }
})

test('the same seed is the same world, step by step', async () => {
  const told = await Promise.all(
    [1, 2].map(async () => {
      const lines: string[] = []
      await new World(scenarioOf(17), (line) => lines.push(line)).run()
      return lines
    }),
  )
  expect(told[0]?.length).toBeGreaterThan(100)
  expect(told[1]).toEqual(told[0])
})

describe('a product without the rule', () => {
  test.each(MUTATIONS)(
    '"$rule" can be made: the text that it replaces is still there',
    async (mutation) => {
      expect(await mutated(CORE, mutation)).not.toEqual([])
    },
  )

  test.each(QUICKLY_CAUGHT)('"%s" is missed', { timeout: 120_000 }, async (name) => {
    const mutation = MUTATIONS.find(({ rule }) => rule === name)
    if (mutation === undefined) throw new Error(`no mutation "${name}"`)
    expect((await judgeMutant(mutation, 2_000)).isCaught).toBe(true)
  })
})
