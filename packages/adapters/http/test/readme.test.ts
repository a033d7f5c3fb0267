import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { compileReadme, markdownTable, optionsTable, runSample, section } from '@tiercel/readme'
import { expect, test } from 'vitest'
import { OPERATIONS } from '../src/management/operations/index.ts'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const readme = path('../README.md')

test('the code in the README compiles and runs', async () => {
  const samples = await compileReadme(readme, path('..'))
  expect(samples).not.toEqual([])
  for (const sample of samples) if (sample.isRun) await runSample(sample)
})

test('the tables of management say what its code says', async () => {
  const table = optionsTable(await readFile(path('../src/management/options.ts'), 'utf8'), [
    ['ManagementOptions', 'management: '],
  ])
  const options = await section(readme, 'management', table)
  expect(options.found).toBe(options.wanted)
  const rows = OPERATIONS.map(({ method, path: at, needs, summary, query = {} }) => {
    const names = Object.keys(query).map((name) => `\`${name}\``)
    return [`\`${method} ${at}\``, names.join(' '), needs, summary]
  })
  const head = ['route', 'parameters', 'role', '']
  const routes = await section(readme, 'operations', markdownTable(head, rows))
  expect(routes.found).toBe(routes.wanted)
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
