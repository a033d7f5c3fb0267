import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { RESULTS, type SoakRecord } from '../src/soak/record.ts'
import { recordsIn, summary } from '../src/soak/summary.ts'

const README = fileURLToPath(new URL('../../../README.md', import.meta.url))

test('the README says what the runs of the soak say together', () => {
  const readme = readFileSync(README, 'utf8')
  const [head, rest = ''] = readme.split('<!-- soak -->\n')
  const [, tail] = rest.split('<!-- /soak -->')
  const table = summary(recordsIn(readFileSync(RESULTS, 'utf8')))
  const current = `${head}<!-- soak -->\n\n${table}\n\n<!-- /soak -->${tail}`
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

/** The formatter pads tables. */
function unpadded(text: string): string {
  return text.replaceAll(/ *\| */g, '|').replaceAll(/-{2,}:?/g, '-')
}
