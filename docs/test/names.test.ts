import { beforeAll, describe, expect, test } from 'vitest'
import { ALL, otelName, prometheusName } from '../../packages/metrics/src/instruments.ts'
import { OTHERS } from '../src/others.ts'
import { filesOf, parsePage, readPage } from '../src/pages.ts'
import { claimsOf, unknownMeasures, unknownNames } from '../src/prose.ts'
import { type PublicNames, publicNames } from '../src/public-names.ts'

const forUsers = filesOf('{README,SECURITY,packages/{*,adapters/*}/README,docs/guide/*}.md').map(
  (path) => readPage(path),
)
const measures = new Set(ALL.flatMap(([name]) => [otelName(name), prometheusName(name)]))

let names: PublicNames
beforeAll(() => {
  names = publicNames()
}, 120_000)

// A word that is somebody else's goes into src/others.ts, with whose it is.
test.each(forUsers)('options, methods and events of $path exist', (page) => {
  expect(unknownNames(page, names, OTHERS)).toEqual([])
  expect(unknownMeasures(page, measures)).toEqual([])
})

test('the words of others are needed, and none is ours', () => {
  const claimed = new Set(
    forUsers.flatMap(({ codes }) =>
      codes.flatMap(({ text }) => claimsOf(text).map((claim) => claim.join('.'))),
    ),
  )
  expect([...OTHERS].filter((word) => !claimed.has(word))).toEqual([])
  expect([...OTHERS].filter((word) => names.has(word))).toEqual([])
})

describe('what is made up is found', () => {
  const unknownIn = (prose: string) => {
    const page = parsePage('made-up.md', prose)
    return [...unknownNames(page, names, OTHERS), ...unknownMeasures(page, measures)].map(
      ({ text }) => text,
    )
  }

  test.each([
    [
      'an option of a group',
      '`l1.maxItems` is one, and `l1.maxEntries` is another',
      ['l1.maxItems'],
    ],
    [
      'an option',
      'set `staleWhileRevalidat`, `maxTll: 5`, `grace` or `ttl: 0`',
      ['staleWhileRevalidat', 'maxTll'],
    ],
    [
      'an option of another group',
      '`coherence.maxEntries`, `l2.beat`',
      ['coherence.maxEntries', 'l2.beat'],
    ],
    ['a method', '`cache.invalidateTag([…])`, `cache.delete(key)`', ['cache.invalidateTag']],
    [
      "a method of a reader's variable",
      '`users.invalidateAll()`, `users.invalidate()`',
      ['users.invalidateAll'],
    ],
    [
      'what a method answers',
      '`cache.stats().reads.stale`, `stats().reads.old`',
      ['stats.reads.old'],
    ],
    ['an option of a call', "`delete(key, { again: '2s' })`, `{ agian: '2s', strict }`", ['agian']],
    ['a channel', '`tiercel:read` and `tiercel:reads`', ['tiercel:reads']],
    ['an alert', '`TiercelReadsFail`, `TiercelReadsFailed`', ['TiercelReadsFailed']],
    ['an error', '`ConfigError`, `ERR_CONFIG`, `ConfError`, `ERR_CONF`', ['ConfError', 'ERR_CONF']],
    ['a value', "`'clone'`, `'copy'`", ['copy']],
    ['a variable of the environment', '`CACHE_TTL`, `CACHE_TTI`', ['CACHE_TTI']],
    [
      'a measure',
      '`rate(tiercel_reads_total[5m])`\n\n```promql\nrate(tiercel_read_total[5m])\n```',
      ['tiercel_read_total'],
    ],
    [
      'in a table, and in a heading',
      '# `l1.maxItems`\n\n| `ttl` |\n| --- |\n| `tll` |',
      ['l1.maxItems', 'tll'],
    ],
    [
      'nothing of others',
      '`SCAN`, `npm install x`, `GET /keys`, `undefined`, `performance.now()`, `a.ts`',
      [],
    ],
  ])('%s', (_what, prose, found) => {
    expect(unknownIn(prose)).toEqual(found)
  })
})
