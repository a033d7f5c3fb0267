import { describe, expect, test } from 'vitest'
import { BulkLoadError, entry } from '../src/index.ts'
import { expectNoCrash } from './support/crashes.ts'
import { Stage } from './support/stage.ts'
import { until } from './support/until.ts'

const stage = new Stage()
expectNoCrash()

interface Params {
  readonly id: number
}
const paramsOf = (...ids: readonly number[]): Params[] => ids.map((id) => ({ id }))

/** A source that is asked for many, and notes what for. */
class Source {
  readonly calls: number[][] = []
  readonly bad = new Set<number>()

  readonly loadMany = async (params: readonly Params[]): Promise<(string | Error)[]> => {
    this.calls.push(params.map(({ id }) => id))
    return params.map(({ id }) => (this.bad.has(id) ? new Error(`${id} is bad`) : `v${id}`))
  }
}

describe('single reads that gather', () => {
  test('are loaded by one call for a tick, and not at all where another instance has loaded', async () => {
    const [a, b] = await stage.pair()
    const source = new Source()
    const [users, peers] = [a, b].map(({ cache }) =>
      cache.keyspace('user:{id:number}', { gather: true, loadMany: source.loadMany }),
    )
    const found = await Promise.all(paramsOf(1, 2, 1, 3).map((one) => users!.get(one)))
    expect(found).toEqual(['v1', 'v2', 'v1', 'v3'])
    expect(source.calls).toEqual([[1, 2, 3]])
    await until(
      'the fills',
      async () =>
        (await stage.admin.exists(
          paramsOf(1, 2, 3).map((one) => stage.keys.entry(users!.key(one))),
        )) === 3,
    )
    expect(await Promise.all(paramsOf(3, 4, 5).map((one) => peers!.get(one)))).toEqual([
      'v3',
      'v4',
      'v5',
    ])
    expect(source.calls.slice(1)).toEqual([[4, 5]])
    await users!.get({ id: 6 })
    expect(source.calls.slice(2)).toEqual([[6]])
  })

  test('of a namespace, and of hashed parameters, get theirs', async () => {
    const { cache } = await stage.instance()
    const seen: unknown[] = []
    const results = cache.namespace('eu').keyspace('search:{query:hash}', {
      gather: true,
      loadMany: (params) => {
        seen.push(params)
        return params.map(({ query }) => query)
      },
    })
    const queries = [{ q: 'a' }, { q: 'b' }]
    expect(await Promise.all(queries.map((query) => results.get({ query })))).toEqual(queries)
    expect(seen).toEqual([queries.map((query) => ({ query }))])
  })

  test('fail alone, and take the call with them only when it fails', async () => {
    const { cache } = await stage.instance()
    const source = new Source()
    source.bad.add(2)
    const users = cache.keyspace('user:{id:number}', { gather: true, loadMany: source.loadMany })
    const ends = await Promise.allSettled(paramsOf(1, 2, 3).map((one) => users.get(one)))
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await expect(users.get({ id: 2 })).rejects.toThrow('2 is bad')
    const down = cache.keyspace('down:{id:number}', {
      gather: true,
      loadMany: () => {
        throw new Error('down')
      },
    })
    const both = await Promise.allSettled(paramsOf(1, 2).map((one) => down.get(one)))
    expect(both.map((end) => (end as PromiseRejectedResult).reason.message)).toEqual([
      'down',
      'down',
    ])
  })

  test('go in calls of maxBatch, as many reads do', async () => {
    const { cache } = await stage.instance()
    const source = new Source()
    const users = cache.keyspace('user:{id:number}', {
      gather: true,
      maxBatch: 2,
      loadMany: source.loadMany,
    })
    await Promise.all(paramsOf(1, 2, 3).map((one) => users.get(one)))
    await users.getMany(paramsOf(4, 5, 6))
    await users.getMany(paramsOf(7, 8, 9), { maxBatch: 3 })
    expect(source.calls).toEqual([[1, 2], [3], [4, 5], [6], [7, 8, 9]])
  })

  test('one that gives up does not abort the load of the others', async () => {
    const { cache } = await stage.instance()
    const signals: AbortSignal[] = []
    const answers: (() => void)[] = []
    const users = cache.keyspace('user:{id:number}', {
      gather: true,
      loadMany: async (params, { signal }) => {
        signals.push(signal)
        await new Promise<void>((resolve) => answers.push(resolve))
        return params.map(({ id }) => id)
      },
    })
    const short = users.get({ id: 1 }, { hardTimeout: '20ms' })
    const long = users.get({ id: 2 })
    await expect(short).rejects.toThrow('20 ms')
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    answers[0]!()
    expect(await long).toBe(2)
  })

  test('that have a loader of their own go to it', async () => {
    const { cache } = await stage.instance()
    const source = new Source()
    const users = cache.keyspace('user:{id:number}', { gather: true, loadMany: source.loadMany })
    expect(await users.getOrSet({ id: 1 }, () => 'own')).toBe('own')
    expect(source.calls).toEqual([])
  })

  test.each([
    [{ gather: 'yes', loadMany: () => [] }, /gather must be true or false/],
    [{ gather: true, load: () => 1 }, /gather needs loadMany/],
    [{ maxBatch: 0, loadMany: () => [] }, /maxBatch must be a whole number from 1/],
  ])('with the options %o are refused', async (options, message) => {
    const { cache } = await stage.instance()
    expect(() => cache.keyspace('user:{id}', options as object)).toThrow(message)
  })
})

describe('many reads of a family', () => {
  test('tell what failed by key, and what did not', async () => {
    const { cache } = await stage.instance()
    const source = new Source()
    source.bad.add(2)
    const users = cache.keyspace('user:{id:number}', { loadMany: source.loadMany })
    const error = await users.getMany(paramsOf(1, 2, 3)).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(BulkLoadError)
    const { values, errors } = error as BulkLoadError
    expect([...values]).toEqual([
      ['user:1', 'v1'],
      ['user:3', 'v3'],
    ])
    expect([...errors.keys()]).toEqual(['user:2'])
    expect(await users.getMany(paramsOf(3, 2), { settle: true })).toMatchObject([
      { status: 'fulfilled', value: 'v3' },
      { status: 'rejected', reason: { message: '2 is bad' } },
    ])
    await expect(users.get({ id: 2 })).rejects.toThrow('2 is bad')
  })

  test('do the same with a loader for one, and where nothing is kept', async () => {
    const { cache } = await stage.instance()
    const load = ({ id }: Params): string => {
      if (id === 2) throw new Error('2 is bad')
      return `v${id}`
    }
    const ones = cache.keyspace('one:{id:number}', { load })
    const ends = [
      { status: 'fulfilled', value: 'v1' },
      { status: 'rejected', reason: { message: '2 is bad' } },
    ]
    expect(await ones.getMany(paramsOf(1, 2), { settle: true })).toMatchObject(ends)
    await expect(ones.getMany(paramsOf(1, 2))).rejects.toBeInstanceOf(BulkLoadError)
    const source = new Source()
    source.bad.add(2)
    const off = cache.keyspace('off:{id:number}', { loadMany: source.loadMany })
    await off.configure({ enabled: false })
    expect(await off.getMany(paramsOf(1, 2), { settle: true })).toMatchObject(ends)
    await expect(off.get({ id: 2 })).rejects.toThrow('2 is bad')
  })

  test('an Error is stored as a value when it is said to be one', async () => {
    const { cache } = await stage.instance()
    const value = new Error('kept')
    const errors = cache.keyspace('error:{id}', {
      isolation: 'share',
      loadMany: (params) => params.map(() => entry(value, {})),
    })
    expect(await errors.getMany([{ id: 1 }])).toEqual([value])
  })
})

describe('a family', () => {
  test('is warmed by its own loader, from an async iterable, in batches', async () => {
    const [a, b] = await stage.pair()
    const source = new Source()
    source.bad.add(5)
    const [users, peers] = [a, b].map(({ cache }) =>
      cache.keyspace('user:{id:number}', { loadMany: source.loadMany }),
    )
    await users!.set({ id: 1 }, 'set')
    async function* listed(): AsyncGenerator<Params> {
      for (const one of paramsOf(1, 2, 3, 3, 4, 5)) yield one
    }
    const progress = await peers!.warm(listed(), { batch: 4, concurrency: 1 })
    expect(progress).toEqual({ asked: 5, warm: 4, absent: 0, failed: 1 })
    expect(source.calls).toEqual([
      [2, 3],
      [4, 5],
    ])
    expect(paramsOf(1, 2, 3, 4).map((one) => peers!.peek(one))).toEqual(['set', 'v2', 'v3', 'v4'])
    await expect(peers!.warm([{ id: Number.NaN }])).rejects.toThrow('parameter "id"')
  })

  test('that keeps nothing has nothing to warm', async () => {
    const { cache } = await stage.instance()
    const source = new Source()
    const users = cache.keyspace('user:{id:number}', { loadMany: source.loadMany })
    await users.configure({ enabled: false })
    expect(await users.warm(paramsOf(1, 1, 2))).toEqual({ asked: 2, warm: 0, absent: 2, failed: 0 })
    expect(source.calls).toEqual([])
  })
})
