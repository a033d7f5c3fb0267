import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { compileReadme, optionsTable, runSample, section } from '@tiercel/readme'
import { expect, test } from 'vitest'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const readme = path('../README.md')

test('the code in the README compiles and runs', async () => {
  const samples = await compileReadme(readme, path('..'))
  expect(samples).not.toEqual([])
  for (const sample of samples) if (sample.isRun) await runSample(sample)
})

test('the table of options says what the doc comments say', async () => {
  const table = optionsTable(await readFile(path('../src/options.ts'), 'utf8'), [
    ['ResponseCacheOptions<Source = unknown>', 'responseCache: '],
    ['RouteOptions<Source = unknown>', ''],
    ['KeyOptions<Source = unknown>', 'key.'],
    ['StoreOptions', 'store.'],
    ['WhenOptions<Source = unknown>', 'when.'],
  ])
  const { found, wanted } = await section(readme, 'options', table)
  expect(found).toBe(wanted)
})
