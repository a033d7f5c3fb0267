import { expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'
import type { Cache } from '../cache.ts'
import { LoadCycleError } from '../errors.ts'
import { held } from '../testing/held.ts'
import { settled } from '../testing/manual-clock.ts'

const stage = new ManualStage()

async function caught(promise: Promise<unknown>): Promise<LoadCycleError> {
  const error: unknown = await promise.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(LoadCycleError)
  return error as LoadCycleError
}

type Make = () => Promise<Cache>

test.each<[string, Make]>([
  ['without Redis', async () => stage.alone()],
  ['with Redis', async () => (await stage.instance()).cache],
])('%s: a loader that asks for its own key is told so at once', async (_, make) => {
  const cache = await make()
  const ask = (): Promise<unknown> => cache.getOrSet('a', () => cache.getOrSet('a', () => 1))
  const error = await caught(ask())
  expect(error).toMatchObject({ code: 'ERR_LOAD_CYCLE', key: 'a' })
  expect(error.message).toContain('"a" → "a"')
  expect(await cache.getOrSet('a', () => 2)).toBe(2)
})

test('by way of others, and of another part of the cache, too: the way is named', async () => {
  const cache = stage.alone()
  const part = cache.namespace('part')
  const a = (): Promise<unknown> => cache.getOrSet('a', () => part.getOrSet('b', () => c()))
  const c = (): Promise<unknown> => cache.getOrSet('c', a)
  expect((await caught(a())).message).toContain('"a" → "part:b" → "c" → "a"')
})

test('two loaders that were called apart, and ask for each other, do not wait for ever', async () => {
  const cache = stage.alone()
  const go = held<void>()
  const ask = (own: string, other: string): Promise<unknown> =>
    cache.getOrSet(own, async () => {
      await go.promise
      return cache.getOrSet(other, () => 'never')
    })
  const reads = [ask('a', 'b'), ask('b', 'a')]
  await settled()
  go.resolve()
  for (const read of reads) await caught(read)
})

test('a bulk loader that asks for one of its keys is told so, whichever it is', async () => {
  const cache = stage.alone()
  const read = cache.getOrSetMany(['a', 'b', 'c', 'd'], async () => [
    ['b', await cache.getOrSet('b', () => 1)],
  ])
  const error = (await read.catch((reason: unknown) => reason)) as { cause: LoadCycleError }
  expect(error.cause.message).toContain('"b" → "a, b, c and 1 more" → "b"')
})

test('the same key in another cache is another key', async () => {
  const [one, other] = [stage.alone(), stage.alone()]
  expect(await one.getOrSet('k', () => other.getOrSet('k', () => 1))).toBe(1)
})

test('nothing is wrong with what nobody waits for: a get, a stale value, a key asked for afterwards', async () => {
  const cache = stage.alone({ defaults: { ttl: '10s', staleWhileRevalidate: '1m' } })
  expect(await cache.getOrSet('k', async () => (await cache.get('k')) ?? 1)).toBe(1)
  await stage.clock.advance(20_000)
  const seen: unknown[] = []
  const load = async (): Promise<number> => {
    seen.push(await cache.getOrSet('k', load))
    return 2
  }
  expect(await cache.getOrSet('k', load)).toBe(1)
  await settled()
  expect(seen).toEqual([1])
  let later!: Promise<unknown>
  await cache.getOrSet('l', () => {
    later = settled().then(() => cache.getOrSet('l', () => 'new'))
    return undefined
  })
  expect(await later).toBe('new')
})

test('three that wait in a row, with no way around, are no cycle', async () => {
  const cache = stage.alone()
  const c = (): Promise<number> => cache.getOrSet('c', () => 3)
  const b = (): Promise<number> => cache.getOrSet('b', c)
  expect(await Promise.all([cache.getOrSet('a', b), cache.getOrSet('d', b), b()])).toEqual([
    3, 3, 3,
  ])
})
