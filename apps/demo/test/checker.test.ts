import type { CacheStats } from '@tiercel/core'
import { expect, test } from 'vitest'
import { Checker } from '../src/checker/checker.ts'
import type { Sample } from '../src/instance/messages.ts'
import { Reads } from '../src/instance/reads.ts'
import { parseOptions } from '../src/options.ts'
import { verdictOf } from '../src/report/result.ts'

const BOUND = 30
const ITEM = 7
const WRITER = { instance: 0, incarnation: 1 }
const OTHER = { instance: 1, incarnation: 2 }

/** What an instance tells that has answered with `version` to reads at these instants. */
function sample(version: number, began: readonly number[], extra: Partial<Sample> = {}): Sample {
  const reads = new Reads()
  for (const at of began) reads.add(ITEM, version, at)
  return {
    type: 'sample',
    at: 0,
    stats: { coherence: { outbox: 1 } } as unknown as CacheStats,
    reads: reads.take(),
    hung: [],
    failed: [],
    called: [],
    applied: [],
    rebased: [],
    ...extra,
  }
}

function withWrite(receipt: 'everywhere' | 'here'): Checker {
  const checker = new Checker(BOUND, 0)
  const acknowledged = { id: ITEM, version: 2, receipt, at: 1_000, invalidates: 'key' } as const
  checker.acknowledged(WRITER, { type: 'acknowledged', ...acknowledged })
  return checker
}

function verdict({ tally }: Checker) {
  const options = parseOptions([])
  if (options === 'help') throw new Error('not asked for')
  return verdictOf(options, tally, undefined)
}

const emptied = { stats: { coherence: { outbox: 0 } } as unknown as CacheStats }

test('a cache that keeps an old value is caught: beyond the bound, and for its own write', () => {
  const checker = withWrite('everywhere')
  checker.sample(OTHER, sample(1, [990, 1_010, 1_030]), 0)
  expect(checker.judge()).toBe(2)
  expect(checker.tally).toMatchObject({ reads: 3, stale: { within: 2, beyond: 0, own: 0 } })
  expect(verdict(checker).isCoherent).toBe(true)

  checker.sample(OTHER, sample(1, [1_031]), 0)
  checker.judge()
  expect(checker.tally.stale).toMatchObject({ within: 2, beyond: 1, own: 0, max: 31 })

  checker.sample(WRITER, sample(1, [1_001]), 0)
  checker.judge()
  expect(checker.tally.stale.own).toBe(1)
  expect(checker.tally.findings).toHaveLength(2)
  expect(verdict(checker).sentence).toContain("1 reads older than their own instance's writes")
})

test('reads wait to be judged until acknowledgements that came before them are here', () => {
  const checker = new Checker(BOUND, 0)
  checker.sample(OTHER, sample(1, [1_100]), 5_000)
  expect(checker.tally.reads).toBe(0)
  const acknowledged = { id: ITEM, version: 2, receipt: 'everywhere', at: 1_000 } as const
  checker.acknowledged(WRITER, { type: 'acknowledged', invalidates: 'key', ...acknowledged })
  checker.sample(WRITER, sample(2, []), 5_200)
  expect(checker.tally.stale.beyond).toBe(1)
})

test('what is kept is a promise of its writer until its outbox is empty', () => {
  const keeping = withWrite('here')
  keeping.sample(WRITER, sample(2, []), 0)
  keeping.sample(OTHER, sample(1, [9_000]), 0)
  keeping.judge()
  expect(keeping.tally).toMatchObject({ kept: 1, stale: { within: 0, beyond: 0 } })

  keeping.sample(WRITER, sample(2, [], { ...emptied, at: 10_000 }), 0)
  keeping.sample(OTHER, sample(1, [10_010, 10_040]), 0)
  keeping.judge()
  expect(keeping.tally.stale).toMatchObject({ within: 1, beyond: 1 })
})

test('what is kept is lost with its writer, also if it is told of late', () => {
  const checker = withWrite('here')
  checker.down(WRITER.incarnation)
  const late = { id: 8, version: 2, receipt: 'here', at: 1_001, invalidates: 'key' } as const
  checker.acknowledged(WRITER, { type: 'acknowledged', ...late })
  expect(checker.tally.lost).toBe(2)
  expect(checker.ledger.keepers.size).toBe(0)
})

test('calls without an answer and calls that failed count', () => {
  const checker = new Checker(BOUND, 0)
  checker.sample(OTHER, sample(1, [], { hung: ['read 7: no answer'], failed: ['read 8: no'] }), 0)
  expect(checker.tally).toMatchObject({ hung: 1, failed: 1 })
  expect(checker.tally.findings.map(({ what }) => what)).toEqual([
    'read 7: no answer',
    'read 8: no',
  ])
  expect(verdict(checker).isCoherent).toBe(false)
})
