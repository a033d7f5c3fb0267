import { performance } from 'node:perf_hooks'
import { ConfigError, type Duration, type FamilyStats, milliseconds } from '@tiercel/core'
import { NO_FAMILY } from '../families.ts'
import { listen } from '../listen.ts'
import type { ObservedCache } from '../observe.ts'
import { positive } from '../options.ts'
import { type Recommendation, recommendationForL1, recommendationsFor } from './recommend.ts'
import { textOf } from './text.ts'
import { SlidingWindow, Tally } from './window.ts'

/** Options of `report`. */
export interface ReportOptions {
  /** The time that a report is about. @default '10m' */
  readonly window?: Duration
  /** Keys that are followed after their load, in one window. @default 5_000 */
  readonly maxKeys?: number
  /** Families that are told apart. @default 1_000 */
  readonly maxFamilies?: number
}

/** One family in the window. Durations are milliseconds. */
export interface FamilyReport extends FamilyStats {
  readonly family: string
  /** Part of the reads that needed no load: fresh or stale. */
  readonly hitRatio: number
  readonly loads: number
  readonly loadErrors: number
  readonly reloads: number
  readonly meanLoad: number
  readonly values: number
  readonly meanBytes: number
  /** Keys that were followed, and those of them that nobody read after half a window. */
  readonly known: number
  readonly unread: number
  readonly hottest: { readonly reads: number; readonly loads: number } | undefined
}

/** What a cache did in the last while, and what could be better. */
export interface CacheReport {
  readonly namespace: string
  /** Milliseconds that it is about: the window, or less while it is young. */
  readonly span: number
  readonly hitRatio: number
  readonly l1: { readonly entries: number; readonly bytes: number; readonly evictions: number }
  readonly families: readonly FamilyReport[]
  readonly recommendations: readonly Recommendation[]
}

/** Reports about a cache, whenever they are asked for. */
export interface Reporter extends Disposable {
  data(): CacheReport
  text(): string
  json(): string
  stop(): void
}

const SHORTEST_WINDOW = 1_000
const LONGEST_WINDOW = 86_400_000

/**
 * Follows a cache in a sliding window, from now until `stop`, and tells per family what it did, with
 * recommendations that name the option to change and what speaks for it. No key is in a report.
 *
 * @throws {ConfigError} for a bad option
 */
export function report(cache: ObservedCache, options: ReportOptions = {}): Reporter {
  const length = milliseconds('window', options.window ?? '10m')
  if (length < SHORTEST_WINDOW || length > LONGEST_WINDOW) {
    throw new ConfigError(`window must be from 1s to 1d (got ${String(options.window)})`)
  }
  const maxKeys = positive('maxKeys', options.maxKeys ?? 5_000)
  const window = new SlidingWindow(
    length,
    positive('maxFamilies', options.maxFamilies ?? 1_000),
    maxKeys,
  )
  const turn = (): number => {
    const now = performance.now()
    window.turn(now, () => cache.stats())
    return now
  }
  turn()
  const timer = setInterval(turn, length / 10)
  timer.unref()
  const end = listen(cache, {
    hit: ({ key }) => window.read(key),
    read({ key, outcome }) {
      if (outcome !== 'loaded') window.read(key)
    },
    load({ key, family, outcome, ms }) {
      const tally = window.tally(family)
      tally.loads++
      tally.loadMs += ms
      if (outcome === 'failed' || outcome === 'timeout') tally.failed++
      else if (window.loaded(key, family, performance.now())) tally.reloads++
    },
    codec({ family, outcome, bytes }) {
      if (outcome !== 'done') return
      const tally = window.tally(family)
      tally.values++
      tally.bytes += bytes
    },
    trip({ operation, outcome, ms }) {
      if (operation === 'read' && outcome === 'answered') window.trip(ms)
    },
    invalidation({ keys, tags, clear, patterns }) {
      // Which keys have a tag is not told: any may.
      if (clear || tags.length > 0 || patterns !== undefined) window.invalidatedAll()
      else for (const key of keys) window.invalidated(key)
    },
  })

  function data(): CacheReport {
    const now = turn()
    const stats = cache.stats()
    const { at, stats: before } = window.began
    const sums = window.sums()
    const keys = keysByFamily(window, now - length / 2)
    const families = stats.families.map((family): FamilyReport => {
      const old = before.families.find(({ name }) => name === family.name)
      return familyReport(family, old, sums, keys)
    })
    const minutes = Math.max(1, Math.round((now - at) / 60_000))
    const about = { meanTrip: window.meanTrip, minutes }
    const hits = (of: typeof stats): number => of.l1.hits + of.l2.hits + of.reads.stale
    const total = stats.reads.total - before.reads.total
    const removed = {
      entries: stats.l1.removed.entries - before.l1.removed.entries,
      bytes: stats.l1.removed.bytes - before.l1.removed.bytes,
    }
    const { entries, bytes } = stats.l1
    return {
      namespace: stats.namespace,
      span: now - at,
      hitRatio: total === 0 ? 1 : (hits(stats) - hits(before)) / total,
      l1: { entries, bytes, evictions: removed.entries + removed.bytes },
      families: families.filter(({ total: reads, loads }) => reads + loads > 0),
      recommendations: [
        ...families.flatMap((family) => recommendationsFor(family, about)),
        ...recommendationForL1(removed, {
          l1: stats.l1.hits - before.l1.hits,
          l2: stats.l2.hits - before.l2.hits,
        }),
      ],
    }
  }

  const stop = (): void => {
    clearInterval(timer)
    end()
  }
  return {
    data,
    text: () => textOf(data()),
    json: () => JSON.stringify(data()),
    stop,
    [Symbol.dispose]: stop,
  }
}

interface Keys {
  known: number
  unread: number
  hottest: { reads: number; loads: number } | undefined
}

function keysByFamily(window: SlidingWindow, oldEnough: number): Map<string, Keys> {
  const families = new Map<string, Keys>()
  for (const [, { family, since, reads, loads }] of window.keys()) {
    const keys = families.get(family) ?? { known: 0, unread: 0, hottest: undefined }
    families.set(family, keys)
    keys.known++
    if (reads === 0 && since <= oldEnough) keys.unread++
    if (reads > (keys.hottest?.reads ?? 0)) keys.hottest = { reads, loads }
  }
  return families
}

function familyReport(
  { name, ...now }: FamilyStats & { readonly name: string | undefined },
  before: FamilyStats | undefined,
  sums: ReadonlyMap<string, Tally>,
  keys: ReadonlyMap<string, Keys>,
): FamilyReport {
  const family = name ?? NO_FAMILY
  const since = (of: keyof FamilyStats): number => now[of] - (before?.[of] ?? 0)
  const reads: FamilyStats = {
    total: since('total'),
    hitL1: since('hitL1'),
    hitL2: since('hitL2'),
    stale: since('stale'),
    grace: since('grace'),
    loaded: since('loaded'),
    absent: since('absent'),
    failed: since('failed'),
  }
  const { loads, loadMs, reloads, failed, values, bytes } = sums.get(family) ?? new Tally()
  const { known, unread, hottest } = keys.get(family) ?? { known: 0, unread: 0 }
  const { total, hitL1, hitL2, stale } = reads
  return {
    family,
    ...reads,
    hitRatio: total === 0 ? 1 : (hitL1 + hitL2 + stale) / total,
    loads,
    loadErrors: failed,
    reloads,
    meanLoad: loads === 0 ? 0 : loadMs / loads,
    values,
    meanBytes: values === 0 ? 0 : bytes / values,
    known,
    unread,
    hottest,
  }
}
