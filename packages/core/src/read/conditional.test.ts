import { expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'
import type { Cache } from '../cache.ts'
import { type LoaderContext, entry, notModified } from '../load/loader.ts'
import { settled } from '../testing/manual-clock.ts'

const stage = new ManualStage()
const OPTIONS = { ttl: '10s', grace: '1h' } as const
const CHANGED = new Date('2026-01-02T03:04:05.678Z')

type Make = (isolation?: 'clone') => Promise<Cache>
const MAKES: [string, Make][] = [
  ['without Redis', async (isolation) => stage.alone({ l1: isolation ? { isolation } : {} })],
  [
    'with Redis',
    async (isolation) => (await stage.instance({ l1: isolation ? { isolation } : {} })).cache,
  ],
  ['with Redis and no L1', async () => (await stage.instance({ l1: false })).cache],
]

test.each(MAKES)(
  '%s: a loader is asked with what it said last, and what has not changed is fresh again',
  async (_, make) => {
    const cache = await make()
    const value = { list: [1] }
    await cache.getOrSet(
      'k',
      () => entry(value, { etag: '"1"', lastModified: CHANGED, tags: ['t'] }),
      OPTIONS,
    )
    for (let i = 0; i < 3; i++) {
      await stage.clock.advance(10_000)
      const seen: unknown[] = []
      const read = await cache.getOrSet<typeof value>(
        'k',
        ({ stale }) => {
          seen.push(stale)
          return notModified()
        },
        OPTIONS,
      )
      expect(read).toEqual(value)
      expect(seen).toEqual([{ value, etag: '"1"', lastModified: CHANGED }])
      await settled()
      expect(await cache.get('k')).toEqual(value)
    }
    await cache.invalidateTags(['t'])
    expect(await cache.get('k')).toBeUndefined()
  },
)

test.each([null, 0, '', false, undefined])(
  '%s is a value that may not have changed',
  async (value) => {
    const cache = stage.alone()
    const options = { ...OPTIONS, negativeTtl: '10s' } as const
    await cache.getOrSet<unknown>('k', () => entry(value, { etag: 'e' }), options)
    await stage.clock.advance(10_000)
    const again = cache.getOrSet<unknown>(
      'k',
      ({ stale }) => (stale?.etag === 'e' ? notModified() : 'other'),
      options,
    )
    expect(await again).toBe(value)
  },
)

test('what is answered beside it holds: a ttl, more tags, another etag', async () => {
  const { cache } = await stage.instance()
  await cache.getOrSet('k', () => entry('v', { etag: 'old' }), OPTIONS)
  await stage.clock.advance(10_000)
  await cache.getOrSet('k', () => notModified({ ttl: '1m', tags: ['more'], etag: 'new' }), OPTIONS)
  await stage.clock.advance(59_000)
  expect(await cache.get('k')).toBe('v')
  await stage.clock.advance(1_000)
  let etag: string | undefined
  const look = ({ stale }: LoaderContext<string>): ReturnType<typeof notModified> => {
    etag = stale?.etag
    return notModified()
  }
  await cache.getOrSet('k', look, OPTIONS)
  expect(etag).toBe('new')
  await cache.invalidateTags(['more'])
  expect(await cache.get('k')).toBeUndefined()
})

test('another instance has the validators too', async () => {
  const a = await stage.instance()
  const b = await stage.instance()
  await a.cache.getOrSet('k', () => entry('v', { etag: 'e' }), OPTIONS)
  await settled()
  await stage.clock.advance(10_000)
  const seen: unknown[] = []
  await b.cache.getOrSet<string>(
    'k',
    ({ stale }) => {
      seen.push(stale?.etag)
      return notModified()
    },
    OPTIONS,
  )
  expect(seen).toEqual(['e'])
})

test('a loader can change nothing of what it is given where callers have clones', async () => {
  const cache = stage.alone({ l1: { isolation: 'clone' } })
  await cache.getOrSet('k', () => ({ list: [1] }), OPTIONS)
  await stage.clock.advance(10_000)
  const read = cache.getOrSet<{ list: number[] }>(
    'k',
    ({ stale }) => {
      stale?.value?.list.push(2)
      return notModified()
    },
    OPTIONS,
  )
  expect(await read).toEqual({ list: [1] })
})

test.each<[string, () => unknown, RegExp]>([
  ['with nothing to compare to', () => notModified(), /no stale value/],
  ['with a date that is none', () => entry(1, { lastModified: new Date('x') }), /lastModified/],
  ['with an etag that is no text', () => entry(1, { etag: 5 as unknown as string }), /etag/],
])('%s the load fails, and says why', async (_, load, message) => {
  const cache = stage.alone()
  const read = cache.getOrSet('k', load)
  await expect(read).rejects.toMatchObject({ code: 'ERR_CONFIG' })
  await expect(read).rejects.toThrow(message)
})
