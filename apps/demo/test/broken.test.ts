import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { BREAKS, without } from '../src/soak/broken.ts'

test.each(Object.entries(BREAKS))(
  'the rule that --break %s takes away is where it was',
  (_, rule) => {
    const source = new URL(`../../../packages/${rule.file}`, import.meta.url)
    const text = readFileSync(source, 'utf8')
    expect(without(rule, text)).not.toBe(text)
  },
)
