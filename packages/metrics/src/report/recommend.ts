import type { FamilyReport } from './report.ts'

/** What may be changed. A closed set on purpose. */
export type RecommendationKind =
  | 'ttl-too-short'
  | 'never-read-again'
  | 'l1-too-small'
  | 'values-large'
  | 'hot-key-without-refresh'
  | 'loads-cheaper-than-l2'
  | 'failures-without-grace'
  | 'absent-not-remembered'

/** An option to change, and what speaks for it. */
export interface Recommendation {
  readonly kind: RecommendationKind
  /** Absent where all of the cache is meant. */
  readonly family?: string
  readonly option: string
  readonly advice: string
  readonly evidence: string
}

/** What is known beside the family's own numbers. */
export interface Surroundings {
  /** Milliseconds of a read from L2. */
  readonly meanTrip: number | undefined
  readonly minutes: number
}

/** Below so many of a kind nothing is said. */
const ENOUGH = 20
const MANY = 100
const LARGE = 102_400

type Rule = (
  family: FamilyReport,
  about: Surroundings,
) => Omit<Recommendation, 'family'> | undefined

const percent = (part: number, all: number): string => `${Math.round((part / all) * 100)} %`

const RULES: readonly Rule[] = [
  ({ loads, reloads }, { minutes }) =>
    loads >= ENOUGH && reloads >= loads / 2
      ? {
          kind: 'ttl-too-short',
          option: 'ttl',
          advice: 'let values live longer: what changes them invalidates them',
          evidence: `${reloads} of ${loads} loads in ${minutes} min were of keys that had been loaded before, and that nobody had invalidated since`,
        }
      : undefined,
  ({ known, unread }) =>
    known >= ENOUGH && unread >= known * 0.8
      ? {
          kind: 'never-read-again',
          option: 'enabled',
          advice: 'do not cache this family, or give it a short ttl',
          evidence: `${unread} of ${known} keys (${percent(unread, known)}) were not read again after they were loaded`,
        }
      : undefined,
  ({ meanBytes, values }) =>
    values >= ENOUGH && meanBytes >= LARGE
      ? {
          kind: 'values-large',
          option: 'codec',
          advice: 'compress the values, or cache less of them',
          evidence: `values have ${Math.round(meanBytes / 1_024)} KiB in the mean, over ${values} of them`,
        }
      : undefined,
  ({ hottest, stale, total }) =>
    hottest !== undefined && hottest.reads >= MANY && hottest.loads >= 2 && stale === 0
      ? {
          kind: 'hot-key-without-refresh',
          option: 'staleWhileRevalidate',
          advice: 'refresh behind the readers, so that none waits when the ttl is over',
          evidence: `one key has ${hottest.reads} of the family's ${total} reads, and was loaded ${hottest.loads} times while they waited`,
        }
      : undefined,
  ({ loads, meanLoad }, { meanTrip }) =>
    loads >= ENOUGH && meanTrip !== undefined && meanLoad < meanTrip
      ? {
          kind: 'loads-cheaper-than-l2',
          option: 'enabled',
          advice: 'ask the source itself: the cache costs more than it saves',
          evidence: `a load takes ${meanLoad.toFixed(2)} ms in the mean, a read from L2 ${meanTrip.toFixed(2)} ms`,
        }
      : undefined,
  ({ failed, grace, total }) =>
    total >= ENOUGH && failed >= total * 0.01 && failed > 0 && grace === 0
      ? {
          kind: 'failures-without-grace',
          option: 'grace',
          advice: 'keep values for when the source is down',
          evidence: `${failed} of ${total} reads failed, and none was answered by a value in grace`,
        }
      : undefined,
  ({ absent, loads, total }) =>
    loads >= ENOUGH && absent >= total / 2
      ? {
          kind: 'absent-not-remembered',
          option: 'negativeTtl',
          advice: 'remember that there is nothing',
          evidence: `${absent} of ${total} reads found nothing, with ${loads} loads`,
        }
      : undefined,
]

export function recommendationsFor(family: FamilyReport, about: Surroundings): Recommendation[] {
  return RULES.flatMap((rule) => {
    const found = rule(family, about)
    return found === undefined ? [] : [{ ...found, family: family.family }]
  })
}

/** Of all of L1, which families share. */
export function recommendationForL1(
  removed: { readonly entries: number; readonly bytes: number },
  hits: { readonly l1: number; readonly l2: number },
): Recommendation[] {
  const evicted = removed.entries + removed.bytes
  if (evicted < MANY || hits.l2 < hits.l1 / 10) return []
  const isBytes = removed.bytes > removed.entries
  return [
    {
      kind: 'l1-too-small',
      option: isBytes ? 'l1.maxBytes' : 'l1.maxEntries',
      advice: 'give L1 more room',
      evidence: `${evicted} entries had to make room, and ${hits.l2} reads were answered by L2 beside ${hits.l1} by L1`,
    },
  ]
}
