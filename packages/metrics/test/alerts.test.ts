import type { CacheStats } from '@tiercel/core'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Alert, RULES, alerts, prometheusRules } from '../src/alerts/index.ts'
import { type Snapshot, bucketOf } from '../src/alerts/signals.ts'
import { WatchedRule } from '../src/alerts/watched-rule.ts'
import { SECONDS } from '../src/instruments.ts'
import { Caches } from './support/caches.ts'
import { until } from '@tiercel/dev-redis'

const caches = new Caches()

function ruleOf(name: string) {
  const rule = RULES.find((one) => one.name === name)
  if (rule === undefined) throw new Error(`there is no rule ${name}`)
  return rule
}

/** Snapshots of a cache that had so many reads, and hits among them, by then. */
async function historyOf(
  points: readonly (readonly [at: number, reads: number, hits: number])[],
): Promise<Snapshot[]> {
  const cache = await caches.make()
  const stats = cache.stats()
  return points.map(([at, total, hits]) => {
    const then: CacheStats = {
      ...stats,
      l1: { ...stats.l1, hits },
      reads: { ...stats.reads, total },
    }
    return { at, stats: then, beats: [], redis: undefined, queues: new Map() }
  })
}

/** What a rule said at each of the points. */
async function said(name: string, points: readonly (readonly [number, number, number])[]) {
  const history = await historyOf(points)
  const watched = new WatchedRule(ruleOf(name))
  return history.map((_, i) => watched.look(history.slice(0, i + 1))?.state)
}

test('a rule fires after its time, once, and ends only when the signal has recovered', async () => {
  const points: [number, number, number][] = []
  let [reads, hits] = [0, 0]
  const minutes = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.62, 0.62, 0.62, 0.62, 0.62, 0.62, 0.9, 0.9]
  for (const [minute, ratio] of minutes.entries()) {
    points.push([minute * 60, reads, hits])
    reads += 1_000
    hits += 1_000 * ratio
  }
  points.push([minutes.length * 60, reads, hits])
  const states = await said('TiercelHitRatioLow', points)
  // Bad from the first minute on, for five; 0.62 is neither bad nor recovered.
  expect(states.indexOf('firing')).toBe(6)
  expect(states.filter((state) => state !== undefined)).toEqual(['firing', 'resolved'])
  expect(states.indexOf('resolved')).toBeGreaterThan(13)
})

test('a moment of misses does not fire, nor do a few reads', async () => {
  const moment: [number, number, number][] = [
    [0, 0, 0],
    [60, 1_000, 0],
    [120, 100_000, 99_000],
    [600, 200_000, 199_000],
  ]
  expect(await said('TiercelHitRatioLow', moment)).toEqual(moment.map(() => undefined))
  const few = Array.from({ length: 20 }, (_, i) => [i * 60, i, 0] as const)
  expect(await said('TiercelHitRatioLow', few)).toEqual(few.map(() => undefined))
})

test('lag is a quantile of the window, not of all time', async () => {
  const rule = new WatchedRule(ruleOf('TiercelInvalidationLag'))
  const [base] = await historyOf([[0, 0, 0]])
  const beats = SECONDS.map(() => 0)
  beats.push(0)
  const history: Snapshot[] = []
  const states: (string | undefined)[] = []
  for (let i = 0; i <= 20; i++) {
    const bucket = bucketOf(i > 3 && i < 12 ? 2 : 0.001)
    for (let n = 0; n < 20; n++) beats[bucket] = (beats[bucket] ?? 0) + 1
    history.push({ ...(base as Snapshot), at: i * 60, beats: [...beats] })
    states.push(rule.look(history)?.state)
  }
  expect(states.filter((state) => state !== undefined)).toEqual(['firing', 'resolved'])
})

test('rules about queues look at each writer, and know nothing of one that does not answer', async () => {
  const [base] = (await historyOf([[0, 0, 0]])) as [Snapshot]
  const carts = { written: 0, failedCalls: 0, held: 0, depth: 0, taken: 0, lag: 0, deadLetters: 0 }
  const states = (name: string, writer: string, points: readonly (object | undefined)[]) => {
    const watched = new WatchedRule(ruleOf(name), writer)
    const history = points.map((now, i) => {
      const queues = new Map(now && [['carts', { ...carts, ...now }] as const])
      return { ...base, at: i * 60, queues }
    })
    return history.map((_, i) => watched.look(history.slice(0, i + 1))?.state)
  }
  const none = undefined
  const late = { lag: 61_000 }
  expect(
    states('TiercelWritesWait', 'carts', [{}, late, late, none, { lag: 11_000 }, { lag: 9_000 }]),
  ).toEqual([none, none, 'firing', none, none, 'resolved'])
  expect(states('TiercelWritesWait', 'orders', [{}, late, late])).toEqual([none, none, none])
  const long = { depth: 5_001 }
  expect(
    states('TiercelQueueFillsUp', 'carts', [long, long, { depth: 4_000 }, { depth: 2_500 }]),
  ).toEqual([none, 'firing', none, 'resolved'])
  expect(
    states('TiercelWritesGivenUp', 'carts', [{}, { deadLetters: 1 }, { deadLetters: 0 }]),
  ).toEqual([none, 'firing', 'resolved'])
})

test('a cache is watched, and what the callback throws harms nobody', async () => {
  const heard: Alert[] = []
  const cache = await caches.make()
  using _ = alerts(cache, {
    interval: 10,
    rules: [{ ...ruleOf('TiercelHitRatioLow'), minimum: 1, for: 0, window: 60 }],
    onAlert: (alert) => {
      heard.push(alert)
      throw new Error('the pager is down')
    },
  })
  await cache.get('absent')
  await until('the alert', () => heard.length > 0)
  expect(heard[0]).toMatchObject({ state: 'firing', value: 0, namespace: caches.namespace })
  await cache.set('k', 1)
  await until('it to be over', async () => {
    await cache.get('k')
    return heard.length > 1
  })
  expect(heard[1]).toMatchObject({ state: 'resolved' })
})

test('a rule that makes no sense is refused by name', async () => {
  const cache = await caches.make()
  const rule = ruleOf('TiercelHitRatioLow')
  const withRule = (change: object) => () =>
    alerts(cache, { onAlert: () => {}, rules: [{ ...rule, ...change }] })
  expect(withRule({ recovers: 0.5 })).toThrow('rule "TiercelHitRatioLow": recovers')
  expect(withRule({ signal: 'mood' })).toThrow('signal must be one of')
  expect(withRule({ window: 0 })).toThrow('window must be')
  expect(() => alerts(cache, { onAlert: () => {}, interval: 0 })).toThrow('interval must be')
})

test('the file for Prometheus has every rule, with its times', () => {
  const { groups } = parse(prometheusRules()) as {
    groups: { rules: { alert: string; expr: string; for: string; keep_firing_for: string }[] }[]
  }
  const rules = groups[0]?.rules ?? []
  expect(rules.map(({ alert }) => alert)).toEqual(RULES.map(({ name }) => name))
  for (const [i, { window, for: bad }] of RULES.entries()) {
    expect(rules[i]).toMatchObject({ for: `${bad}s`, keep_firing_for: `${window}s` })
  }
  expect(rules[0]?.expr).toBe(
    '(sum by (namespace, cache, instance) (rate(tiercel_reads_total{outcome=~"hit-l1|hit-l2|stale"}[300s])) / ' +
      'sum by (namespace, cache, instance) (rate(tiercel_reads_total[300s]))) < 0.6 and ' +
      'sum by (namespace, cache, instance) (increase(tiercel_reads_total[300s])) >= 100',
  )
  // All instances export the same queue: one alert for it, which names the writer.
  expect(rules.find(({ alert }) => alert === 'TiercelWritesGivenUp')).toMatchObject({
    expr: '(max by (namespace, cache, writer) (tiercel_queue_dead_letters)) > 0',
    annotations: { description: expect.stringContaining('writer {{ $labels.writer }}') as string },
  })
})
