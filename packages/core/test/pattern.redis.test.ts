import { describe, expect, test } from 'vitest'
import { ConfigError, TierError } from '../src/index.ts'
import { Stage } from './support/stage.ts'
import { until } from './support/until.ts'

const stage = new Stage()

describe('a pattern', () => {
  test('that no family covers is swept, everywhere, and nothing else is', async () => {
    const [a, b] = await stage.pair()
    const keys = Array.from({ length: 1_200 }, (_, i) => `export:${i}`)
    await a.cache.setMany(keys.map((key) => [key, 1]))
    await a.cache.setMany([
      ['exports', 1],
      ['other', 1],
    ])
    await b.cache.getMany([...keys, 'exports', 'other'])
    const told: number[] = []
    const receipt = await a.cache.invalidatePattern('export:*', {
      onProgress: ({ dropped }) => told.push(dropped),
    })
    expect(receipt).toMatchObject({ way: 'sweep', families: [], receipt: 'everywhere' })
    expect(receipt.dropped).toBeGreaterThanOrEqual(keys.length)
    expect(told.length).toBeGreaterThan(2)
    expect(told.at(-1)).toBe(receipt.dropped)
    await until('the messages', () => keys.every((key) => b.cache.peek(key) === undefined))
    expect((await b.cache.getMany(keys)).size).toBe(0)
    for (const { cache } of [a, b]) {
      expect(await cache.get('exports')).toBe(1)
      expect(await cache.get('other')).toBe(1)
    }
  })

  test('reaches what L1 alone still has, on every instance', async () => {
    const [a, b] = await stage.pair()
    await a.cache.set('export:1', 1)
    expect(await b.cache.get('export:1')).toBe(1)
    await stage.admin.del(stage.keys.entry('export:1')) // evicted, as far as the instances can tell
    await a.cache.invalidatePattern('export:*')
    expect(a.cache.peek('export:1')).toBeUndefined()
    await until('the message', () => b.cache.peek('export:1') === undefined)
  })

  test('that families cover is compiled to their tags', async () => {
    const [a, b] = await stage.pair()
    const declare = ({ cache }: typeof a) =>
      [cache.keyspace('export:{id}'), cache.keyspace('export:{id}:part:{n}')] as const
    const [[whole, parts], [peers]] = [declare(a), declare(b)]
    await whole.set({ id: 1 }, 'v')
    await parts.set({ id: 1, n: 2 }, 'v')
    await a.cache.set('other', 1)
    expect(await peers.get({ id: 1 })).toBe('v')
    expect(await a.cache.invalidatePattern('export:*')).toEqual({
      way: 'families',
      families: ['export:{id}', 'export:{id}:part:{n}'],
      receipt: 'everywhere',
      dropped: 0,
      looks: 0,
    })
    await until('the message', () => peers.peek({ id: 1 }) === undefined)
    expect(await peers.get({ id: 1 })).toBeUndefined()
    expect(await parts.get({ id: 1, n: 2 })).toBeUndefined()
    expect(await a.cache.get('other')).toBe(1)
    expect(await a.cache.invalidatePattern('export:1:*')).toMatchObject({ way: 'sweep' })
    expect(await a.cache.invalidatePattern('export:*', { sweep: true })).toMatchObject({
      way: 'sweep',
      families: ['export:{id}', 'export:{id}:part:{n}'],
    })
  })

  test('of a namespace is of its keys alone, and means its characters as they are', async () => {
    const [a] = await stage.pair()
    const eu = a.cache.namespace('eu')
    await eu.setMany([
      ['x[1]?\\', 1],
      ['x1', 1],
    ])
    await a.cache.set('x[1]?\\', 1)
    expect(await eu.invalidatePattern('x[1]?\\*')).toMatchObject({ way: 'sweep', dropped: 1 })
    expect(await eu.get('x[1]?\\')).toBeUndefined()
    expect(await eu.get('x1')).toBe(1)
    expect(await a.cache.get('x[1]?\\')).toBe(1)
  })

  test('can be given up; what was dropped stays so', async () => {
    const [a] = await stage.pair()
    await a.cache.setMany(Array.from({ length: 3_000 }, (_, i) => [`k${i}`, 1]))
    const abort = new AbortController()
    const sweeping = a.cache.invalidatePattern('k*', {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('enough')),
    })
    await expect(sweeping).rejects.toThrow('enough')
    expect(await stage.admin.dbsize()).toBeGreaterThan(0)
    await expect(a.cache.invalidatePattern('k*', { signal: abort.signal })).rejects.toThrow(
      'enough',
    )
  })

  test('cannot be swept while Redis is away, and says so; this process is rid of it', async () => {
    const [a] = await stage.pair()
    await a.cache.set('k1', 1)
    a.proxy.cut()
    await a.proxy.refuse()
    await expect(a.cache.invalidatePattern('k*')).rejects.toThrow(TierError)
    expect(a.cache.peek('k1')).toBeUndefined()
  })

  test.each([
    ['', {}, /pattern must be a string/],
    [5, {}, /pattern must be a string/],
    ['k*', { sweap: true }, /unknown option "sweap"/],
  ])('%o with %o is refused', async (pattern, options, message) => {
    const [a] = await stage.pair()
    const refused = a.cache.invalidatePattern(pattern as string, options as never)
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toThrow(ConfigError)
  })
})
