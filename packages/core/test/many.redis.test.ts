import { expect, test } from 'vitest'
import { entry } from '../src/index.ts'
import { countCommands, reads, runs } from './support/commands.ts'
import { Deferred } from './support/deferred.ts'
import { Stage } from './support/stage.ts'
import { until } from './support/until.ts'

const stage = new Stage()
const KEYS: readonly string[] = Array.from({ length: 10_000 }, (_, i) => `k${i}`)

test('10,000 keys are one call of the loader, few round trips, and there for every instance', async () => {
  const [a, b] = await stage.pair()
  await a.cache.setMany(KEYS.slice(0, 10).map((key) => [key, 'set']))
  const [read, acquired] = [
    countCommands(a.proxy, reads()),
    countCommands(a.proxy, runs('acquire')),
  ]
  const calls: (readonly string[])[] = []
  const found = await a.cache.getOrSetMany<string>([...KEYS, ...KEYS], (keys) => {
    calls.push(keys)
    return keys.map((key) => [key, `of ${key}`])
  })
  expect(calls.map((keys) => keys.length)).toEqual([9_990])
  expect([...found.keys()]).toEqual(KEYS)
  expect([found.get('k0'), found.get('k9999')]).toEqual(['set', 'of k9999'])
  expect(read()).toBeLessThanOrEqual(41)
  expect(acquired()).toBeLessThanOrEqual(82) // each answered read of 256 asks for rights by 250
  await until('the fills to end', () => a.cache.stats().loads.underway === 0, { ms: 60_000 })
  expect(a.cache.stats().loads).toMatchObject({ fillsDropped: 0, fillsRefused: 0 })
  const there = await b.cache.getMany<string>(KEYS)
  expect(there.size).toBe(10_000)
})

test('of keys that both instances want, each is loaded by one of them', async () => {
  const [a, b] = await stage.pair({ l2: { timeout: '20s', leaseTtl: '60s', leaseWait: '30s' } })
  const gate = new Deferred<void>()
  const calls: string[] = []
  const load =
    (by: string) =>
    async (keys: readonly string[]): Promise<[string, string][]> => {
      calls.push(...keys)
      await gate.promise
      return keys.map((key) => [key, by])
    }
  const keys = KEYS.slice(0, 300)
  const ofA = a.cache.getOrSetMany(keys.slice(0, 200), load('a'))
  await until('a to load', () => calls.length === 200)
  const ofB = b.cache.getOrSetMany(keys.slice(100), load('b'))
  await until('b to load the rest', () => calls.length === 300)
  gate.resolve()
  const [fromA, fromB] = await Promise.all([ofA, ofB])
  expect(new Set(calls).size).toBe(calls.length)
  expect([fromA.size, fromB.size]).toEqual([200, 200])
  expect([fromB.get('k100'), fromB.get('k299')]).toEqual(['a', 'b'])
})

test('what is invalidated during a bulk load is kept nowhere, and the rest is', async () => {
  const [a, b] = await stage.pair()
  const gate = new Deferred<void>()
  let loading = 0
  const many = a.cache.getOrSetMany(KEYS.slice(0, 50), async (keys) => {
    loading = keys.length
    await gate.promise
    return keys.map((key) => [key, 'old'])
  })
  await until('the load to begin', () => loading === 50)
  await b.cache.deleteMany(['k1', 'k2'])
  gate.resolve()
  expect((await many).size).toBe(50)
  await until('the fills to end', () => a.cache.stats().loads.underway === 0)
  for (const { cache } of [a, b]) {
    const found = await cache.getMany(KEYS.slice(0, 50))
    expect(found.size).toBe(48)
    expect([found.has('k1'), found.has('k2')]).toEqual([false, false])
  }
})

test('values with the most tags are stored, however many are loaded at once', async () => {
  const [a, b] = await stage.pair()
  const keys = Array.from({ length: 12 }, (_, i) => `tagged:${i}`)
  const load = (missing: readonly string[]) =>
    new Map(
      missing.map((key) => {
        const tags = Array.from({ length: 1_000 }, (_, i) => `${key}:${i}`)
        return [key, entry(key, { tags })] as const
      }),
    )
  await a.cache.getOrSetMany(keys, load)
  await until('all to be stored', async () => (await b.cache.getMany(keys)).size === 12)
  await b.cache.invalidateTags(['tagged:7:999'])
  expect((await b.cache.getMany(keys)).size).toBe(11)
})
