import { describe, expect, test } from 'vitest'
import { type Cache, entry } from '../../src/index.ts'
import { countCommands, reads, runs } from '../support/commands.ts'
import { expectEverywhere } from '../support/everywhere.ts'
import { HeldLoader } from '../support/held-loader.ts'
import { heardBy } from '../support/messages.ts'
import { KEY, OVERTAKINGS, TAG } from '../support/overtakings.ts'
import { Records } from '../support/records.ts'
import { Stage } from '../support/stage.ts'
import { until } from '../support/until.ts'

const stage = new Stage()

/** After so many keys that were nowhere, the next is expected to be nowhere too. */
async function expectNothing(...caches: readonly Cache[]): Promise<void> {
  for (const [i, cache] of caches.entries())
    for (let key = 0; key < 8; key++) await cache.get(`nowhere:${i}:${key}`)
}

/** A loader that must not be called. */
function unexpected(): never {
  throw new Error('loaded, though it is stored')
}

test('L2 is not read where it is expected to have nothing, and is again once it had something', async () => {
  const [a, b] = await stage.pair()
  await expectNothing(b.cache)
  const [read, asked] = [countCommands(b.proxy, reads()), countCommands(b.proxy, runs('acquire'))]
  await b.cache.getOrSet(KEY, () => 'loaded')
  expect([read(), asked()]).toEqual([0, 1])
  await a.cache.set('stored', 'by a')
  expect(await b.cache.getOrSet('stored', unexpected)).toBe('by a')
  expect([read(), asked()]).toEqual([1, 2])
  await b.cache.getOrSet('absent', () => 'loaded')
  expect([read(), asked()]).toEqual([2, 3])
})

describe.each(OVERTAKINGS)('$name', ({ change, found }) => {
  test.each(['another', 'the same'])(
    'a load without a read that it overtakes from %s instance is not kept',
    async (origin) => {
      const [a, b] = await stage.pair()
      await expectNothing(b.cache)
      using loads = new Records('load', stage.namespace)
      const loader = new HeldLoader()
      const reading = b.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
      await loader.called
      const [origins, hears] = origin === 'another' ? [a, b] : [b, a]
      await heardBy([hears], () => change(origins.cache))
      loader.answer('old')
      expect(await reading).toBe('old')
      await loads.first()
      await expectEverywhere(stage, [a, b], found)
    },
  )

  test('a question for the right that it overtakes, and that finds what was stored before, is not answered with that', async () => {
    const [a, b] = await stage.pair()
    await a.cache.set(KEY, 'old', { tags: [TAG] })
    await expectNothing(b.cache)
    const reply = b.proxy.holdReply(runs('acquire'))
    const reading = b.cache.getOrSet(KEY, () => 'loaded', { tags: [TAG] })
    await reply.arrived
    await heardBy([b], () => change(a.cache))
    reply.release()
    expect(await reading).toBe(found ?? 'loaded')
  })
})

test('of two instances that expect nothing one loads', async () => {
  const [a, b] = await stage.pair({ l2: { timeout: '20s', leaseTtl: '60s', leaseWait: '20s' } })
  await expectNothing(a.cache, b.cache)
  const loader = new HeldLoader()
  const first = a.cache.getOrSet(KEY, loader.load)
  await loader.called
  const second = b.cache.getOrSet(KEY, unexpected)
  await until('the other to wait', () => b.cache.stats().loads.leaseWaits > 0)
  loader.answer('loaded')
  expect(await Promise.all([first, second])).toEqual(['loaded', 'loaded'])
})

test('who was wrong gives the right back, for the next who has to load', async () => {
  const [a, b] = await stage.pair({ l2: { timeout: '20s', leaseTtl: '60s', leaseWait: '20s' } })
  await a.cache.set(KEY, 'stored')
  await expectNothing(b.cache)
  expect(await b.cache.getOrSet(KEY, unexpected)).toBe('stored')
  await until(
    'the lease to go',
    async () => (await stage.admin.exists(stage.keys.lease(KEY))) === 0,
  )
  await heardBy([b], () => a.cache.delete(KEY))
  expect(await a.cache.getOrSet(KEY, () => 'loaded')).toBe('loaded')
  expect(a.cache.stats().loads.leaseWaits).toBe(0)
})

test('what is stale in L2 is served so, whatever was expected', async () => {
  const [a, b] = await stage.pair()
  const policy = { ttl: '1h', grace: '1h', staleWhileRevalidate: '1h' } as const
  await a.cache.getOrSet(KEY, () => entry('first', { etag: '"1"' }), policy)
  await until('the fill', async () => (await stage.admin.exists(stage.keys.entry(KEY))) === 1)
  await heardBy([b], () => a.cache.expire(KEY))
  await expectNothing(b.cache)
  const etags: (string | undefined)[] = []
  const load = ({ stale }: { stale: { etag: string | undefined } | undefined }): string => {
    etags.push(stale?.etag)
    return 'second'
  }
  expect(await b.cache.getOrSet(KEY, load, policy)).toBe('first')
  await until('the refresh', () => b.cache.peek(KEY) === 'second')
  expect(etags).toEqual(['"1"'])
})

test('who joins a load that had not read L2 gets what is stored as well', async () => {
  const [a, b] = await stage.pair()
  await a.cache.set(KEY, 'stored')
  await expectNothing(b.cache)
  const reply = b.proxy.holdReply(runs('acquire'))
  const both = [b.cache.getOrSet(KEY, unexpected), b.cache.getOrSet(KEY, unexpected)]
  await reply.arrived
  reply.release()
  expect(await Promise.all(both)).toEqual(['stored', 'stored'])
})

test('a loader that asks for a key is never told of a cycle that a read would not have met', async () => {
  const [a, b] = await stage.pair()
  await a.cache.set('inner', 'stored')
  await expectNothing(b.cache)
  const asked = countCommands(b.proxy, runs('acquire', 'inner'))
  expect(await b.cache.getOrSet('outer', () => b.cache.getOrSet('inner', unexpected))).toBe(
    'stored',
  )
  expect(asked()).toBe(0)
})
