import { expect, test } from 'vitest'
import { blocksOf } from '../src/blocks.ts'

test('blocks are found with their line, what is given, and whether they are run', () => {
  const markdown = [
    '# Title',
    '',
    '```sh',
    'npm test',
    '```',
    '',
    '<!-- given',
    'const db = 1',
    '-->',
    '',
    '```ts',
    'console.log(db)',
    '```',
    '',
    '```ts no-run',
    'while (true);',
    '```',
  ].join('\n')
  expect(blocksOf(markdown)).toEqual([
    { line: 11, code: 'const db = 1\nconsole.log(db)\n', isRun: true },
    { line: 15, code: 'while (true);\n', isRun: false },
  ])
})
