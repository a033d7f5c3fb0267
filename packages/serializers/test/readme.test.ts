import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { compileReadme, markdownTable, optionsTable, runSample, section } from '@tiercel/readme'
import { expect, test } from 'vitest'
import { generateKey } from '../src/index.ts'
import { fidelityHead, fidelityRows } from './fidelity.ts'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const readme = path('../README.md')

/** The interfaces whose members users set, by the codec that takes them. */
const OPTIONS = [
  ['msgpack', 'msgpack.ts', 'MsgpackOptions'],
  ['compressed', 'compressed.ts', 'CompressedOptions'],
  ['encrypted', 'key-ring.ts', 'EncryptionKeys'],
  ['validated', 'validated.ts', 'ValidatedOptions'],
  ['limited', 'limited.ts', 'LimitedOptions'],
] as const

test('the README says of each kind of value what each codec makes of it', async () => {
  const table = markdownTable(fidelityHead, fidelityRows())
  const { found, wanted } = await section(readme, 'fidelity', table)
  expect(found).toBe(wanted)
})

test('the table of options says what the doc comments say', async () => {
  const sources = await Promise.all(
    OPTIONS.map(([, file]) => readFile(path(`../src/${file}`), 'utf8')),
  )
  const table = optionsTable(
    sources.join('\n'),
    OPTIONS.map(([codec, , name]) => [name, `${codec}: `]),
  )
  const { found, wanted } = await section(readme, 'options', table)
  expect(found).toBe(wanted)
})

test('the code in the README compiles and runs', async () => {
  const samples = await compileReadme(readme, path('..'))
  expect(samples.length).toBeGreaterThan(3)
  for (const sample of samples) {
    if (sample.isRun) await runSample(sample, { CACHE_KEYS: `2026-08:${generateKey()}` })
  }
})
