import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { compileReadme, optionsTable, runSample, section } from '@tiercel/readme'
import { afterAll, beforeAll, expect, test } from 'vitest'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const folder = path('..')
const readme = path('../README.md')

let redis: DevRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

test.each([readme, path('../../../README.md')])(
  'the code in %s compiles and runs',
  async (file) => {
    const samples = await compileReadme(file, folder)
    expect(samples).not.toEqual([])
    for (const sample of samples) {
      if (sample.isRun) await runSample(sample, { REDIS_URL: redis.url })
    }
  },
)

test('the table of options says what the doc comments say', async () => {
  const source = await readFile(path('../src/options.ts'), 'utf8')
  const table = optionsTable(source, [
    ['CacheOptions', ''],
    ['LifeOptions', 'defaults.'],
    ['DefaultsOptions', 'defaults.'],
    ['L1Options', 'l1.'],
    ['L2Options', 'l2.'],
    ['LoadsOptions', 'loads.'],
    ['CoherenceOptions', 'coherence.'],
  ])
  const { found, wanted } = await section(readme, 'options', table)
  expect(found).toBe(wanted)
})
