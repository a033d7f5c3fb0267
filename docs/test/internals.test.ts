import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { OTHERS } from '../src/others.ts'
import { filesOf, parsePage, readPage, ROOT } from '../src/pages.ts'
import { filesNowhere, namesNowhere, sourcesOfAll } from '../src/sources.ts'

const sources = sourcesOfAll()
const pages = filesOf(
  '{ARCHITECTURE,AGENTS,CONTRIBUTING,bench/*,model/*,{apps,examples}/*/*,tools/*/*,packages/core/test/**/*}.md',
).map((path) => readPage(path))

/** With a clock of POSIX, and a type of commits. */
const others = new Set([...OTHERS, 'CLOCK_MONOTONIC', 'perf'])

test.each(pages)('files and names in $path exist', (page) => {
  expect(filesNowhere(page, sources)).toEqual([])
  expect(namesNowhere(page, sources).filter(({ text }) => !others.has(text))).toEqual([])
})

test('a file, a folder and a name that are nowhere are found', () => {
  const page = parsePage(
    'made-up.md',
    [
      '`find.ts`, `finds.ts`, `redis/scripts/`, `redis/script/`, `test/simulation/mutations-of-*.ts`',
      '`Scope.fresh`, `Scope.freshly`, `tiercel:read`, `tiercel:unheard`, `npm run bench`, `MGET`',
      '',
      '```',
      'coherence/   watch.ts (messages), watches.ts  read/write it',
      '```',
    ].join('\n'),
  )
  expect(filesNowhere(page, sources).map(({ text }) => text)).toEqual([
    'finds.ts',
    'redis/script/',
    'watches.ts',
  ])
  expect(namesNowhere(page, sources).map(({ text }) => text)).toEqual([
    'Scope.freshly',
    'tiercel:unheard',
  ])
})

test.each(['another bus', 'a codec', 'a policy'])(
  'ARCHITECTURE.md says where to add %s',
  (what) => {
    // That what it links to exists is for the test of links.
    const section = readFileSync(`${ROOT}ARCHITECTURE.md`, 'utf8').split('## 9. ')[1] ?? ''
    const item = section.split('\n- ').find((text) => text.startsWith(`**${what}`))
    expect(item).toMatch(/\]\(packages\/[\w/-]+\.ts\)/)
  },
)
