import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateKey } from '../src/index.ts'
import {
  compileCodeBlocks,
  removeCodeBlocks,
  runCodeBlock,
  writeCodeBlocks,
} from './readme/code-blocks.ts'
import { fidelityHead, fidelityRows } from './readme/fidelity.ts'
import { optionRows, optionsHead } from './readme/options.ts'
import { checkSection, markdownTable } from './readme/section.ts'

describe('the README', () => {
  it('says of each kind of value what each codec makes of it', () => {
    checkSection('fidelity', markdownTable(fidelityHead, fidelityRows()))
  })

  it('lists the options as their doc comments say', () => {
    const rows = optionRows()
    expect(rows).toHaveLength(8)
    checkSection('options', markdownTable(optionsHead, rows))
  })
})

describe('the code in the README', () => {
  let paths: readonly string[] = []
  beforeAll(() => {
    paths = writeCodeBlocks()
  })
  afterAll(removeCodeBlocks)

  it('compiles', () => {
    expect(paths.length).toBeGreaterThan(3)
    compileCodeBlocks()
  })

  it('runs', () => {
    for (const path of paths) runCodeBlock(path, { CACHE_KEYS: `2026-08:${generateKey()}` })
  })
})
