import { type Codec, json, msgpack } from '@tiercel/serializers'
import { describe, expect, test } from 'vitest'
import { type LoadRecord, type ReadRecord, entry } from '../src/index.ts'
import { hear } from './support-unit/records.ts'
import { heardBy } from './support/messages.ts'
import { Stage } from './support/stage.ts'
import { until } from './support/until.ts'

const stage = new Stage()

interface User {
  readonly id: number
  readonly name: string
}

describe('a keyspace', () => {
  test('reads through its loader, which is given the parameters as they were', async () => {
    const [a, b] = await stage.pair()
    const seen: unknown[] = []
    const declare = ({ cache }: typeof a) =>
      cache.keyspace('validator:{id}:snapshot:{timestamp}', {
        load: (params, { key }) => {
          seen.push([params, key])
          return { of: params.timestamp }
        },
      })
    const [one, other] = [declare(a), declare(b)]
    expect(await one.get({ id: 'x:y', timestamp: 5n })).toEqual({ of: 5n })
    expect(seen).toEqual([[{ id: 'x:y', timestamp: 5n }, 'validator:x%3Ay:snapshot:5']])
    expect(one.peek({ id: 'x:y', timestamp: '5' })).toEqual({ of: 5n })
    await until('the fill', () =>
      stage.admin.exists(stage.keys.entry(one.key({ id: 'x:y', timestamp: 5 }))),
    )
    expect(await other.get({ id: 'x:y', timestamp: 5 })).toEqual({ of: 5n })
    expect(seen).toHaveLength(1)
    expect(one.parse('validator:x%3Ay:snapshot:5')).toEqual({ id: 'x:y', timestamp: '5' })
  })

  test('without a loader finds what was set, and takes a loader with the call', async () => {
    const [a, b] = await stage.pair()
    const users = a.cache.keyspace<'user:{id}', User>('user:{id}')
    const peers = b.cache.keyspace<'user:{id}', User>('user:{id}')
    expect(await users.get({ id: 1 })).toBeUndefined()
    await users.set({ id: 1 }, { id: 1, name: 'Ada' })
    await users.setMany([[{ id: 2 }, { id: 2, name: 'Bea' }]])
    expect(
      (await peers.getMany([{ id: 2 }, { id: 3 }, { id: 1 }, { id: 2 }])).map((u) => u?.name),
    ).toEqual(['Bea', undefined, 'Ada', 'Bea'])
    expect(await peers.getOrSet({ id: 3 }, () => ({ id: 3, name: 'Cy' }))).toMatchObject({ id: 3 })
  })

  test.each([[undefined], [null], [0], [''], [false]])('keeps %o', async (value) => {
    const [a] = await stage.pair()
    let loads = 0
    const values = a.cache.keyspace('v:{id}', {
      negativeTtl: '1m',
      load: () => {
        loads++
        return value
      },
    })
    expect(await values.get({ id: 1 })).toBe(value)
    expect(await values.get({ id: 1 })).toBe(value)
    expect(loads).toBe(1)
  })

  test('loads many with one call, in the order in which they are asked for', async () => {
    const [a, b] = await stage.pair()
    const calls: number[] = []
    const declare = ({ cache }: typeof a) =>
      cache.keyspace('square:{n:number}', {
        tags: ({ n }) => [n % 2 === 0 ? 'even' : 'odd'],
        loadMany: (params) => {
          calls.push(params.length)
          return params.map(({ n }) => (n < 0 ? undefined : n * n))
        },
      })
    const [one, other] = [declare(a), declare(b)]
    const params = Array.from({ length: 10_000 }, (_, n) => ({ n }))
    const squares = await one.getMany([...params, { n: -1 }, { n: 2 }])
    expect(calls).toEqual([10_001])
    expect(squares.slice(-3)).toEqual([9_999 ** 2, undefined, 4])
    expect(squares).toHaveLength(10_002)
    await until('the fills', async () => (await stage.admin.dbsize()) > 10_000)
    await until('the loads', () => a.cache.stats().loads.underway === 0)
    expect((await other.getMany(params))[77]).toBe(77 ** 2)
    expect(await other.get({ n: 78 })).toBe(78 ** 2)
    expect(calls).toHaveLength(1)
    await heardBy([b], () => a.cache.invalidateTags(['even']))
    expect(other.peek({ n: 77 })).toBe(77 ** 2)
    expect(other.peek({ n: 78 })).toBeUndefined()
    expect(await other.get({ n: 78 })).toBe(78 ** 2)
    expect(calls).toEqual([10_001, 1])
  })

  test('says what a bulk loader did wrong', async () => {
    const [a] = await stage.pair()
    const bad = a.cache.keyspace('bad:{id}', { loadMany: () => [1, 2] })
    await expect(bad.getMany([{ id: 1 }])).rejects.toThrow(
      'loadMany of "bad:{id}" must answer an array of 1 values (got 2)',
    )
    await expect(bad.get({ id: Number.NaN })).rejects.toThrow('parameter "id" of "bad:{id}"')
  })

  test('with a loader for one reads each of many through it', async () => {
    const [a] = await stage.pair()
    let loads = 0
    const doubled = a.cache.keyspace('doubled:{n:number}', {
      load: ({ n }) => {
        loads++
        return n * 2
      },
    })
    expect(await doubled.getMany([{ n: 1 }, { n: 2 }, { n: 1 }])).toEqual([2, 4, 2])
    expect(loads).toBe(2)
  })

  test('drops, expires and invalidates on every instance', async () => {
    const [a, b] = await stage.pair()
    const options = { tags: ['users'], grace: '1h' } as const
    const [users, peers] = [a, b].map(({ cache }) => cache.keyspace('user:{id}', options))
    const ids = [1, 2, 3, 4].map((id) => ({ id }))
    const fill = async (): Promise<void> => {
      await users!.setMany(ids.map((params) => [params, 'v']))
      await peers!.getMany(ids)
    }
    const held = () => ids.filter((params) => peers!.peek(params) !== undefined).map(({ id }) => id)
    await fill()
    await heardBy([b], () => users!.delete({ id: 1 }))
    await heardBy([b], () => users!.deleteMany([{ id: 2 }]))
    await heardBy([b], () => users!.expire({ id: 3 }))
    expect(held()).toEqual([4])
    await b.cache.set('other', 1)
    await users!.invalidate()
    await until('the invalidation', () => held().length === 0)
    expect(await peers!.getMany(ids)).toEqual([undefined, undefined, undefined, undefined])
    expect(await a.cache.get('other')).toBe(1)
    await fill()
    await a.cache.invalidateTags(['users'])
    await until('the invalidation', () => held().length === 0)
  })

  test('drops a second time, if asked to', async () => {
    const [a] = await stage.pair()
    const users = a.cache.keyspace('user:{id}', { load: ({ id }) => ({ id }) })
    await users.delete({ id: 1 }, { again: '200ms' })
    await users.get({ id: 1 })
    expect(users.peek({ id: 1 })).toBeDefined()
    await until('it to be dropped', () => users.peek({ id: 1 }) === undefined)

    const written = a.cache.keyspace('row:{id}', { writer: { write: () => {} } })
    await expect(written.delete({ id: 1 }, { again: 1 })).rejects.toThrow('again')
  })

  test('whose version changes never reads what the other wrote, and is dropped with it', async () => {
    const [a, b] = await stage.pair()
    const old = a.cache.keyspace('user:{id}', { version: 1 })
    const young = b.cache.keyspace('user:{id}', { version: 2 })
    await old.set({ id: 1 }, 'old shape')
    expect(young.key({ id: 1 })).toBe('user:1@2')
    expect(await young.get({ id: 1 })).toBeUndefined()
    await young.set({ id: 1 }, 'new shape')
    expect(await old.get({ id: 1 })).toBe('old shape')
    await young.invalidate()
    await until('the invalidation', () => old.peek({ id: 1 }) === undefined)
    expect(await old.get({ id: 1 })).toBeUndefined()
  })

  test('has a codec and an isolation of its own', async () => {
    const [a, b] = await stage.pair({ l2: { codec: msgpack(), timeout: '20s' } })
    const used: string[] = []
    const noted: Codec = {
      ...json(),
      encode: (value, context) => {
        used.push(`encode ${context.key}`)
        return json().encode(value, context)
      },
    }
    const options = { codec: noted, isolation: 'clone' } as const
    const docs = a.cache.keyspace('doc:{id}', options)
    const peers = b.cache.keyspace('doc:{id}', options)
    const plain = a.cache.keyspace('plain:{id}')
    await docs.set({ id: 1 }, { list: [1] })
    await plain.set({ id: 1 }, { list: [1] })
    expect(used).toEqual(['encode doc:1'])
    const found = (await peers.get({ id: 1 })) as { list: number[] }
    found.list.push(2)
    expect(await peers.get({ id: 1 })).toEqual({ list: [1] })
    expect(Object.isFrozen(await plain.get({ id: 1 }))).toBe(true)
  })

  test('is told apart in records and statistics', async () => {
    const [a] = await stage.pair()
    using records = hear(stage.namespace)
    const users = a.cache.namespace('eu').keyspace('user:{id}', { load: ({ id }) => `user ${id}` })
    await users.get({ id: 1 })
    await users.get({ id: 1 })
    await a.cache.getOrSet('plain', () => 1)
    await until('the loads', () => records.heard.filter(({ on }) => on === 'load').length === 2)
    const familyOf = (on: string) =>
      records.heard
        .filter((one) => one['on'] === on)
        .map((one) => [one['key'], (one as unknown as ReadRecord & LoadRecord).family])
    expect(familyOf('read')).toEqual([
      ['eu:user:1', 'eu:user:{id}'],
      ['eu:user:1', 'eu:user:{id}'],
      ['plain', undefined],
    ])
    expect(familyOf('load')).toEqual([
      ['eu:user:1', 'eu:user:{id}'],
      ['plain', undefined],
    ])
    expect(users.name).toBe('eu:user:{id}')
    expect(users.stats()).toEqual({
      total: 2,
      hitL1: 1,
      hitL2: 0,
      stale: 0,
      grace: 0,
      loaded: 1,
      absent: 0,
      failed: 0,
    })
    expect(a.cache.stats().reads).toMatchObject({ total: 3, loaded: 2 })
    expect(a.cache.stats().l1.hits).toBe(1)
  })

  test('counts an L1 hit that nobody listens to', async () => {
    const [a] = await stage.pair()
    const users = a.cache.keyspace('user:{id}', { load: () => entry(1, { tags: ['t'] }) })
    await users.get({ id: 1 })
    await users.get({ id: 1 })
    expect(users.stats().hitL1).toBe(1)
    expect(a.cache.stats().l1.hits).toBe(1)
  })
})

describe('a declaration', () => {
  test('is given back when it is made again, and refused when it is another', async () => {
    const [a] = await stage.pair()
    const load = (): number => 1
    const users = a.cache.keyspace('user:{id}', { ttl: '1m', load })
    expect(a.cache.keyspace('user:{id}', { ttl: '1m', load })).toBe(users)
    expect(() => a.cache.keyspace('user:{id}', { ttl: '2m', load })).toThrow(
      'keyspace "user:{id}" is declared twice, with other options',
    )
  })

  test('that could make the key of another family is refused, across namespaces', async () => {
    const [a] = await stage.pair()
    a.cache.keyspace('eu:user:{id}')
    expect(() => a.cache.keyspace('eu:user:{name}')).toThrow(
      'keyspaces "eu:user:{name}" and "eu:user:{id}" could make the same key',
    )
    expect(() => a.cache.namespace('eu').keyspace('user:new')).toThrow('could make the same key')
    a.cache.keyspace('us:user:{id:number}')
    a.cache.keyspace('us:user:new')
  })

  test.each([
    [{ ttl: 'soon' }, /keyspace "user:\{id\}"\.ttl/],
    [{ tll: '1m' }, /unknown option "tll"/],
    [{ version: 1.5 }, /version must be a whole number/],
    [{ codec: {} }, /keyspace "user:\{id\}"\.codec must be a codec/],
    [{ isolation: 'copy' }, /isolation must be one of/],
    [{ load: 5 }, /load must be a function/],
    [{ tags: 'users' }, /tags must be an array/],
  ])('with the options %o is refused', async (options, message) => {
    const [a] = await stage.pair()
    expect(() => a.cache.keyspace('user:{id}', options as object)).toThrow(message)
  })
})
