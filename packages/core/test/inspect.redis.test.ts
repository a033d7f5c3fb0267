import { describe, expect, test } from 'vitest'
import { type Cache, createCache } from '../src/index.ts'
import { Stage } from './support/stage.ts'
import { until } from './support/until.ts'

const stage = new Stage()

/** All keys, page by page, and how many pages that took. */
async function allKeys(
  cache: Cache,
  options: Parameters<Cache['keys']>[0] = {},
): Promise<{ keys: string[]; pages: number }> {
  const keys = new Set<string>()
  let pages = 0
  let cursor: string | undefined
  do {
    const page = await cache.keys(cursor === undefined ? options : { ...options, cursor })
    for (const key of page.keys) keys.add(key)
    cursor = page.cursor
    pages++
  } while (cursor !== undefined)
  return { keys: [...keys].toSorted(), pages }
}

describe('keys', () => {
  test('are listed page by page, by pattern, family and namespace', async () => {
    const [a] = await stage.pair()
    const users = a.cache.keyspace('user:{id:number}')
    await users.setMany(Array.from({ length: 300 }, (_, id) => [{ id }, 1] as const))
    await a.cache.setMany([
      ['user:new', 1],
      ['order:1', 1],
    ])
    await a.cache.namespace('shop').set('user:7', 1)
    await users.configure({ ttl: '1m' }, { everywhere: true }) // has a key of its own
    const all = await allKeys(a.cache, { limit: 50 })
    expect(all.keys).toHaveLength(303)
    expect(all.pages).toBeGreaterThan(3)
    expect((await allKeys(a.cache, { family: 'user:{id:number}' })).keys).toHaveLength(300)
    expect((await allKeys(a.cache, { pattern: 'user:*w' })).keys).toEqual(['user:new'])
    expect((await allKeys(a.cache.namespace('shop'))).keys).toEqual(['user:7'])
    expect([...a.cache.keyspaces.keys()]).toEqual(['user:{id:number}'])
    expect(a.cache.namespace('shop').keyspaces.size).toBe(0)
  })

  test('of many shards are all listed', async () => {
    await using cache = createCache({
      namespace: `${stage.namespace}-shards`,
      redis: stage.redis.url,
      coherence: { shards: 3 },
    })
    await cache.ready()
    await cache.setMany(Array.from({ length: 60 }, (_, i) => [`key:${i}`, i] as const))
    expect((await allKeys(cache, { limit: 10 })).keys).toHaveLength(60)
  })

  test('are begun anew when another server answers', async () => {
    const [a] = await stage.pair()
    await a.cache.setMany(Array.from({ length: 200 }, (_, i) => [`key:${i}`, i] as const))
    const first = await a.cache.keys({ limit: 20 })
    const [shard, place] = (first.cursor as string).split('.')
    const foreign = await allKeys(a.cache, { cursor: `${shard}.${place}.anotherserver___` })
    expect(foreign.keys).toHaveLength(200)
  })

  test('of a cache without Redis are those of L1', async () => {
    await using cache = createCache({ namespace: 'alone' })
    await cache.setMany(Array.from({ length: 25 }, (_, i) => [`key:${i}`, i] as const))
    const { keys, pages } = await allKeys(cache, { limit: 10 })
    expect(keys).toHaveLength(25)
    expect(pages).toBe(3)
  })

  test('are refused for what no page can be', async () => {
    const [a] = await stage.pair()
    for (const options of [{ limit: 0 }, { limit: 1_001 }, { cursor: '../..' }, { family: 'no' }]) {
      await expect(a.cache.keys(options)).rejects.toThrow(/limit|cursor|family/)
    }
  })
})

describe('inspect', () => {
  test('tells what both tiers have, and leaves no trace', async () => {
    const [a, b] = await stage.pair()
    const users = a.cache.keyspace('user:{id}', { ttl: '1h', tags: ['people'] })
    b.cache.keyspace('user:{id}', { ttl: '1h', tags: ['people'] })
    await users.set({ id: 1 }, { name: 'Ada' })
    const here = await a.cache.inspect('user:1', { value: true })
    expect(here).toMatchObject({
      family: 'user:{id}',
      l1: { state: 'fresh', tags: ['people'] },
      l2: { state: 'fresh', kind: 'value', tags: ['people'] },
      value: { name: 'Ada' },
    })
    expect(here.l1?.ttl).toBeGreaterThan(3_000_000)
    const { reads } = b.cache.stats()
    const there = await b.cache.inspect('user:1', { value: true })
    expect(there).toMatchObject({ l1: undefined, l2: { state: 'fresh' }, value: { name: 'Ada' } })
    expect(await b.cache.inspect('user:1')).not.toHaveProperty('value')
    expect(b.cache.stats().reads).toEqual(reads)
    expect(b.cache.stats().l1.entries).toBe(0)
  })

  test('tells what was invalidated, and what is over', async () => {
    const [a, b] = await stage.pair()
    await a.cache.set('user:1', 1, { tags: ['people'] })
    await a.cache.set('user:2', 1, { grace: '1h' })
    await a.cache.invalidateTags(['people'])
    await a.cache.expire('user:2')
    expect((await b.cache.inspect('user:1')).l2).toMatchObject({ state: 'invalidated' })
    expect((await b.cache.inspect('user:2')).l2).toMatchObject({ state: 'expired' })
    expect(await b.cache.inspect('user:3')).toMatchObject({ l1: undefined, l2: undefined })
    await stage.admin.set(stage.keys.entry('user:4'), 'not a frame')
    expect(await b.cache.inspect('user:4')).toMatchObject({ l2: 'unreadable' })
  })
})

test('what is inspected is not what L1 holds, where a caller may change what it is given', async () => {
  const [a, b] = await stage.pair({ l1: { isolation: 'clone' } })
  await a.cache.set('user:1', { name: 'Ada' })
  const { value } = await a.cache.inspect('user:1', { value: true })
  Object.assign(value as object, { name: 'Eve' })
  expect(await a.cache.get('user:1')).toEqual({ name: 'Ada' })
  await b.cache.expire('user:1')
  const { l2, value: expired } = await b.cache.inspect('user:1', { value: true })
  expect(l2).toMatchObject({ state: 'expired' })
  expect(expired).toEqual({ name: 'Ada' })
})

test('a sweep of every key leaves what was said for all instances', async () => {
  const [a, b] = await stage.pair()
  const [users, peers] = [a, b].map(({ cache }) => cache.keyspace('user:{id}', { ttl: '1h' }))
  await users!.configure({ ttl: '1m' }, { everywhere: true })
  await until('the settings', () => peers!.settings.ttl === 60_000)
  await a.cache.set('other', 1)
  await a.cache.invalidatePattern('*', { sweep: true })
  expect(await a.cache.get('other')).toBeUndefined()
  await using late = createCache({ namespace: stage.namespace, redis: stage.redis.url })
  const newest = late.keyspace('user:{id}', { ttl: '1h' })
  await late.ready()
  expect(newest.settings.ttl).toBe(60_000)
})
