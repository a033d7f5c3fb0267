import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { LastingMemory } from '../src/report/memory.ts'
import { RESULTS, type SoakRecord } from '../src/soak/record.ts'
import { memorySummary } from '../src/soak/memory-summary.ts'
import { propagationSummary } from '../src/soak/propagation-summary.ts'
import { recordsIn, summary } from '../src/soak/summary.ts'

const README = fileURLToPath(new URL('../../../README.md', import.meta.url))

test.each([
  ['soak', summary],
  ['soak-memory', memorySummary],
  ['soak-propagation', propagationSummary],
])('the README says what the runs of the soak say together: %s', (name, tableOf) => {
  const readme = readFileSync(README, 'utf8')
  const [head, rest = ''] = readme.split(`<!-- ${name} -->\n`)
  const [, tail] = rest.split(`<!-- /${name} -->`)
  const table = tableOf(recordsIn(readFileSync(RESULTS, 'utf8')))
  const current = `${head}<!-- ${name} -->\n\n${table}\n\n<!-- /${name} -->${tail}`
  if (process.env['TIERCEL_UPDATE'] === '1') writeFileSync(README, current)
  expect(unpadded(readFileSync(README, 'utf8'))).toBe(unpadded(current))
})

test('reads, faults and violations of all runs are added up', () => {
  const none = { beyond: 0, own: 0, hung: 0, failed: 0, behind: 0, unconfirmed: 0 }
  const run = (part: Partial<SoakRecord>) =>
    ({
      reads: 1e6,
      seconds: 1_800,
      faults: { a: 2, b: 3 },
      violations: none,
      ...part,
    }) as SoakRecord
  const lines = summary([
    run({ topology: 'pair' }),
    run({ topology: 'pair' }),
    run({ topology: 'cluster', violations: { ...none, beyond: 4, own: 1, hung: 2 } }),
  ]).split('\n')
  expect(lines[2]).toMatch(
    /\| 2 \| 1\.0 \| 2,000,000 \| 10 \| 0 \| 0 \| fewer than 1\.5 in a million \|/,
  )
  expect(lines[3]).toMatch(/^\| Cluster.*\| 1 \| 0\.5 \| 1,000,000 \| 5 \| 4 \| 3 \| - \|/)
  expect(lines[4]).toMatch(/^\| all \| 3 \| 1\.5 \| 3,000,000 \| 15 \| 4 \| 3 \| - \|/)
  expect(lines).toHaveLength(5)
})

test('a run that failed is not added up once its cause is fixed, and is told', () => {
  const violations = { beyond: 4, own: 0, hung: 0, failed: 0, behind: 0, unconfirmed: 0 }
  const ran = { topology: 'sentinel', seed: 7, reads: 1e6, seconds: 60, faults: {} } as const
  const sound = { ...ran, violations: { ...violations, beyond: 0 } } as unknown as SoakRecord
  const failed = { ...ran, violations } as unknown as SoakRecord
  expect(summary([sound, failed])).toMatch(/\| all \| 2 .*\| 4 \| 0 \| - \|$/)
  const text = summary([sound, { ...failed, fixed: 'It was late.' }])
  expect(text).toMatch(/\| all \| 1 .*\| 0 \| 0 \| fewer/)
  expect(text).toMatch(/\n- Sentinel, .*, seed 7: 4 of 1,000,000 reads\. It was late\.$/)
})

test('memory of processes that were never killed is put together, with the error that all have', () => {
  // Of before code was told apart.
  const old = { instance: 0, minutes: 10, resident: [90, 90, 90], isGrowing: false } as const
  const life = { ...old, code: [5, 5, 6] } as const
  const ran = (...lasting: LastingMemory[]) =>
    ({ topology: 'pair', memory: { lasting, restarted: undefined } }) as unknown as SoakRecord
  const lines = memorySummary([
    ran({ ...life, inUse: [20, 21, 22], perHour: 1, error: 1 }),
    ran(
      { ...life, inUse: [22, 23, 24], perHour: 2, error: 1 },
      { ...life, inUse: [21, 22, 23], perHour: 30, error: 20, isGrowing: true },
    ),
    ran({ ...old, inUse: [90, 90, 90], perHour: 50, error: 1 }),
    ran(),
  ]).split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[2]).toContain(
    '| 3 | 30 | 21.0 · 22.0 · 23.0 | 5.0 · 5.0 · 6.0 | 90.0 · 90.0 · 90.0 | 1.5 ± 0.7 | 1 |',
  )
})

test('how long invalidations take is told of runs on a quiet machine', () => {
  const ran = (p99: number, ping: number) =>
    ({
      topology: 'pair',
      propagation: { count: 500, p50: p99 / 10, p99, max: 99 },
      ping: { count: 900, p50: ping / 10, p99: ping, max: 99 },
    }) as unknown as SoakRecord
  const lines = propagationSummary([ran(2, 1), ran(4, 2), ran(90, 80), ran(3, 4)]).split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[2]).toContain('| 3 | 1,500 | 0.30 · 3.00 | 0.20 · 2.00 |')
})

/** The formatter pads tables. */
function unpadded(text: string): string {
  return text.replaceAll(/ *\| */g, '|').replaceAll(/-{2,}:?/g, '-')
}
