import { expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'
import type { Cache } from '../cache.ts'
import { BulkLoadError } from '../errors.ts'
import { entry } from '../load/loader.ts'
import type { CacheOptions } from '../options.ts'
import { held } from '../testing/held.ts'
import { settled } from '../testing/manual-clock.ts'

const stage = new ManualStage()

type Make = (options?: Partial<CacheOptions>) => Promise<Cache>
const MAKES: [string, Make][] = [
  ['without Redis', async (options) => stage.alone(options)],
  ['with Redis', async (options) => (await stage.instance(options)).cache],
]

/** Answers each key with itself, but for those that begin with "bad" or "none". */
function answer(keys: readonly string[]): [string, string | Error][] {
  return keys
    .filter((key) => !key.startsWith('none'))
    .map((key) => [key, key.startsWith('bad') ? new Error(`no ${key}`) : key])
}

test.each(MAKES)(
  '%s: keys that failed are told by key, with what the others brought',
  async (_, make) => {
    const cache = await make()
    await cache.set('set', 'before')
    const keys = ['a', 'bad 1', 'none', 'bad 2', 'set']
    const error = (await cache
      .getOrSetMany<string>(keys, answer)
      .catch((reason: unknown) => reason)) as BulkLoadError
    expect(error).toBeInstanceOf(BulkLoadError)
    expect(error).toMatchObject({
      code: 'ERR_BULK_LOAD',
      key: 'bad 1',
      cause: new Error('no bad 1'),
    })
    expect(error.message).toBe('the load of "bad 1" (and 1 more keys) failed: no bad 1')
    expect([...error.values]).toEqual([
      ['a', 'a'],
      ['set', 'before'],
    ])
    expect([...error.errors.keys()]).toEqual(['bad 1', 'bad 2'])
    await settled()
    expect(await cache.get('a')).toBe('a')
    expect(await cache.get('bad 1')).toBeUndefined()
  },
)

test.each(MAKES)('%s: settled, each key says how it ended', async (_, make) => {
  const cache = (await make()).namespace('part')
  const found = await cache.getOrSetMany<string>(['a', 'bad', 'none'], answer, { settle: true })
  expect([...found]).toEqual([
    ['a', { status: 'fulfilled', value: 'a' }],
    ['bad', { status: 'rejected', reason: new Error('no bad') }],
  ])
})

test.each(MAKES)(
  '%s: a key that fails is served from its grace, and the others are new',
  async (_, make) => {
    const cache = await make({ defaults: { ttl: '10s', grace: '1h' } })
    await cache.setMany([
      ['bad', 'old'],
      ['good', 'old'],
    ])
    await stage.clock.advance(10_000)
    expect(await cache.getOrSetMany<string>(['bad', 'good'], answer)).toEqual(
      new Map([
        ['bad', 'old'],
        ['good', 'good'],
      ]),
    )
  },
)

test('falsy values are values, and an error may be one by `entry`', async () => {
  const cache = stage.alone()
  const stored = new Error('a value')
  const found = await cache.getOrSetMany<unknown>(['null', 'zero', 'text', 'no', 'error'], () => [
    ['null', null],
    ['zero', 0],
    ['text', ''],
    ['no', false],
    ['error', entry(stored, {})],
  ])
  expect([...found.values()]).toEqual([null, 0, '', false, stored])
})

test('no call of the loader has more keys than `maxBatch`, and the calls share nothing but the answer', async () => {
  const cache = stage.alone()
  const calls: (readonly string[])[] = []
  const found = await cache.getOrSetMany<string>(
    ['a', 'b', 'c', 'd', 'e'],
    (keys) => {
      calls.push(keys)
      if (keys.includes('c')) throw new Error('the second')
      return answer(keys)
    },
    { maxBatch: 2, settle: true },
  )
  expect(calls).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  expect([...found].map(([key, { status }]) => `${key} ${status}`)).toEqual([
    'a fulfilled',
    'b fulfilled',
    'e fulfilled',
    'c rejected',
    'd rejected',
  ])
})

test.each([0, -1, 1.5, Number.NaN, '2'])('maxBatch %s is refused', async (bad) => {
  const cache = stage.alone()
  const options = { maxBatch: bad as number }
  await expect(cache.getOrSetMany(['a'], answer, options)).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringContaining('maxBatch') as string,
  })
})

test('a key that another call is loading is waited for, and asked of its loader alone', async () => {
  const { cache } = await stage.instance()
  const source = held<string>()
  const single = cache.getOrSet('b', () => source.promise)
  await settled()
  const calls: (readonly string[])[] = []
  const many = cache.getOrSetMany<string>(['a', 'b', 'a'], (keys) => {
    calls.push(keys)
    return answer(keys)
  })
  await settled()
  expect(calls).toEqual([['a']])
  source.resolve('one')
  expect(await single).toBe('one')
  expect(await many).toEqual(
    new Map([
      ['a', 'a'],
      ['b', 'one'],
    ]),
  )
})

test('each key of a bulk load has its own fence: one that is invalidated meanwhile is not kept', async () => {
  const a = await stage.instance()
  const b = await stage.instance()
  const source = held<[string, string][]>()
  const many = a.cache.getOrSetMany<string>(['k', 'l'], () => source.promise)
  await settled()
  await b.cache.delete('k')
  source.resolve([
    ['k', 'old'],
    ['l', 'as it is'],
  ])
  expect((await many).get('k')).toBe('old')
  await settled()
  for (const { cache } of [a, b]) {
    expect([await cache.get('k'), await cache.get('l')]).toEqual([undefined, 'as it is'])
  }
})
