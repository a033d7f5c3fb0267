import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { recommendationForL1, recommendationsFor } from '../src/report/recommend.ts'
import { type FamilyReport, report } from '../src/report/index.ts'
import { Caches } from './support/caches.ts'

const caches = new Caches()

const QUIET: FamilyReport = {
  family: 'user:{id}',
  total: 1_000,
  hitL1: 900,
  hitL2: 50,
  stale: 0,
  grace: 0,
  loaded: 50,
  absent: 0,
  failed: 0,
  hitRatio: 0.95,
  loads: 50,
  loadErrors: 0,
  reloads: 0,
  meanLoad: 20,
  values: 50,
  meanBytes: 100,
  known: 50,
  unread: 0,
  hottest: undefined,
}
const ABOUT = { meanTrip: 0.5, minutes: 10 }

test('a family that is well gets no recommendation', () => {
  expect(recommendationsFor(QUIET, ABOUT)).toEqual([])
})

test.each([
  ['ttl-too-short', 'ttl', { reloads: 40 }],
  ['never-read-again', 'enabled', { unread: 45 }],
  ['values-large', 'codec', { meanBytes: 500_000 }],
  ['hot-key-without-refresh', 'staleWhileRevalidate', { hottest: { reads: 500, loads: 6 } }],
  ['loads-cheaper-than-l2', 'enabled', { meanLoad: 0.1 }],
  ['failures-without-grace', 'grace', { failed: 30 }],
  ['absent-not-remembered', 'negativeTtl', { absent: 800 }],
] as const)('%s: recommends %s, with what speaks for it', (kind, option, change) => {
  const [recommendation, ...others] = recommendationsFor({ ...QUIET, ...change }, ABOUT)
  expect(recommendation).toMatchObject({ kind, option, family: 'user:{id}' })
  expect(recommendation?.evidence).toMatch(/\d/)
  expect(others).toEqual([])
})

test('L1 that is too small is told with the limit that was reached', () => {
  const hits = { l1: 100, l2: 900 }
  const [byEntries] = recommendationForL1({ entries: 500, bytes: 0 }, hits)
  expect(byEntries?.option).toBe('l1.maxEntries')
  expect(recommendationForL1({ entries: 0, bytes: 500 }, hits)[0]?.option).toBe('l1.maxBytes')
  expect(recommendationForL1({ entries: 500, bytes: 0 }, { l1: 10_000, l2: 9 })).toEqual([])
})

test('what a cache did is told by family, as data, as text and as JSON, without a key', async () => {
  const cache = await caches.make()
  using reporter = report(cache)
  const users = cache.keyspace('user:{id}', { load: async ({ id }) => pause(2, id) })
  const short = cache.keyspace('short:{id}', { ttl: 1, load: ({ id }) => id })
  for (let i = 0; i < 30; i++) {
    await users.get({ id: 'secret' })
    await short.get({ id: 'secret' })
    await pause(3)
  }
  const { families, recommendations, hitRatio, namespace } = reporter.data()
  expect(namespace).toBe(caches.namespace)
  const [usersRow, shortRow] = [families[0], families[1]]
  expect(usersRow).toMatchObject({ family: 'user:{id}', total: 30, hitL1: 29, loads: 1, known: 1 })
  expect(usersRow?.meanLoad).toBeGreaterThan(0)
  expect(shortRow).toMatchObject({ family: 'short:{id}', total: 30, loads: 30, reloads: 29 })
  expect(hitRatio).toBeCloseTo(29 / 60, 5)
  expect(recommendations).toContainEqual(
    expect.objectContaining({ kind: 'ttl-too-short', family: 'short:{id}', option: 'ttl' }),
  )
  const text = reporter.text()
  expect(text).toContain('short:{id}: ttl: let values live longer')
  expect(text).toMatch(/user:\{id\} +30 +97 % +1 /)
  expect(JSON.parse(reporter.json())).toMatchObject({ families: [{ family: 'user:{id}' }, {}] })
  expect(text + reporter.json()).not.toContain('secret')
})

test('a key that was invalidated is no sign of a short ttl', async () => {
  const cache = await caches.make()
  using reporter = report(cache)
  const users = cache.keyspace('user:{id}', { load: () => 1 })
  for (let i = 0; i < 40; i++) {
    await users.get({ id: 1 })
    if (i % 2 === 0) await users.delete({ id: 1 })
    else await cache.invalidateTags(['t'])
    await users.get({ id: 1 })
  }
  expect(reporter.data().families[0]).toMatchObject({ total: 80, reloads: 0 })
})

test('what is older than the window is forgotten, and the table of keys is bounded', async () => {
  const cache = await caches.make()
  using reporter = report(cache, { window: '1s', maxKeys: 10 })
  const users = cache.keyspace('user:{id}', { load: () => 1 })
  for (let id = 0; id < 50; id++) await users.get({ id })
  expect(reporter.data().families[0]).toMatchObject({ total: 50, loads: 50, known: 10 })
  const end = Date.now() + 10_000
  while (reporter.data().families.length > 0) {
    if (Date.now() > end) throw new Error('the window does not end')
    await pause(20)
  }
})

test.each([
  [{ window: 10 }, 'window must be'],
  [{ maxKeys: 0 }, 'maxKeys must be'],
])('options are checked: %o', async (options, message) => {
  const cache = await caches.make()
  expect(() => report(cache, options)).toThrow(message)
})
