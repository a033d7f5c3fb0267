import { type Redis } from 'ioredis'
import { type Redis as Redis5 } from 'ioredis-5'
import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  type Cache,
  type CacheOptions,
  type Duration,
  type KeyParameter,
  type Loaded,
  type Loader,
  type LoaderContext,
  type Stale,
  type ReadOptions,
  type ReadRecord,
  type Receipt,
  type SetOptions,
  type Size,
  TierError,
  type WriteOptions,
  createCache,
  entry,
} from '../src/index.ts'

/*
 * What the compiler has to say. `tsc -p packages/core/tsconfig.json` checks this file: an assertion that
 * does not hold, and an error that is expected and does not come, fail it.
 */

interface User {
  readonly id: number
  readonly name: string
}
declare const user: User
declare const users: ReadonlyMap<string, User>

/** Compiled, and never run. */
function compiled(_code: (cache: Cache) => unknown): void {}

describe('a read', () => {
  test('has the type of what its loader brings', () => {
    compiled((cache) => {
      expectTypeOf(cache.getOrSet('k', () => user)).toEqualTypeOf<Promise<User>>()
      expectTypeOf(cache.getOrSet('k', async () => user)).toEqualTypeOf<Promise<User>>()
      expectTypeOf(cache.getOrSet('k', () => entry(user, {}))).toEqualTypeOf<Promise<User>>()
      expectTypeOf(cache.getOrSet('k', async () => entry(user, { ttl: '5m' }))).toEqualTypeOf<
        Promise<User>
      >()
      expectTypeOf(cache.getOrSet('k', (): User | undefined => user)).toEqualTypeOf<
        Promise<User | undefined>
      >()
      expectTypeOf(cache.getOrSet('k', (): User | null => user)).toEqualTypeOf<
        Promise<User | null>
      >()
      expectTypeOf(
        cache.getOrSet<User>('k', (): never => {
          throw new Error('no')
        }),
      ).toEqualTypeOf<Promise<User>>()
    })
  })

  test('without a loader is of the type that is asked for, or nothing', () => {
    compiled((cache) => {
      expectTypeOf(cache.get('k')).toEqualTypeOf<Promise<unknown>>()
      expectTypeOf(cache.get<User>('k')).toEqualTypeOf<Promise<User | undefined>>()
      expectTypeOf(cache.peek<User>('k')).toEqualTypeOf<User | undefined>()
      expectTypeOf(cache.has('k')).toEqualTypeOf<Promise<boolean>>()
      expectTypeOf(cache.getMany<User>(['k'])).toEqualTypeOf<Promise<Map<string, User>>>()
    })
  })

  test('of many keys has the type of what its bulk loader brings, whatever yields it', () => {
    compiled((cache) => {
      expectTypeOf(cache.getOrSetMany(['k'], () => users)).toEqualTypeOf<
        Promise<Map<string, User>>
      >()
      expectTypeOf(cache.getOrSetMany(['k'], async () => users)).toEqualTypeOf<
        Promise<Map<string, User>>
      >()
      expectTypeOf(
        cache.getOrSetMany(['k'], (keys) => keys.map((key) => [key, user] as const)),
      ).toEqualTypeOf<Promise<Map<string, User>>>()
      expectTypeOf(
        cache.getOrSetMany(['k'], (keys) =>
          keys.map((key) => [key, entry(user, { ttl: 1 })] as const),
        ),
      ).toEqualTypeOf<Promise<Map<string, User>>>()
      // @ts-expect-error an object is not iterable
      void cache.getOrSetMany(['k'], () => ({ k: user }))
      void cache.getOrSetMany(['k'], (keys, { signal }) => {
        expectTypeOf(keys).toEqualTypeOf<readonly string[]>()
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
        return users
      })
    })
  })

  test('tells its loader the key, a signal, and what is no longer fresh', () => {
    compiled((cache) => {
      void cache.getOrSet<User>('k', (context) => {
        expectTypeOf(context).toEqualTypeOf<LoaderContext<User>>()
        expectTypeOf(context.key).toEqualTypeOf<string>()
        expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
        expectTypeOf(context.stale).toEqualTypeOf<Stale<User> | undefined>()
        return user
      })
      void cache.getOrSet<User>('k', (context) => {
        // @ts-expect-error what a loader is told is not its to change
        context.key = 'other'
        return user
      })
    })
    expectTypeOf<() => User>().toExtend<Loader<User>>()
    expectTypeOf<() => Promise<Loaded<User>>>().toExtend<Loader<User>>()
    expectTypeOf<() => string>().not.toExtend<Loader<User>>()
  })
})

describe('durations and sizes', () => {
  test('are numbers, or numbers with a unit that there is', () => {
    expectTypeOf<5>().toExtend<Duration>()
    expectTypeOf<'250ms' | '30s' | '1.5m' | '1h' | '1d'>().toExtend<Duration>()
    expectTypeOf<'5'>().not.toExtend<Duration>()
    expectTypeOf<'5y'>().not.toExtend<Duration>()
    expectTypeOf<'soon'>().not.toExtend<Duration>()
    expectTypeOf<bigint>().not.toExtend<Duration>()
    expectTypeOf<'1b' | '512kb' | '64mb' | '1gb'>().toExtend<Size>()
    expectTypeOf<'1tb'>().not.toExtend<Size>()
    expectTypeOf<'64MB'>().not.toExtend<Size>()
  })
})

describe('options', () => {
  test('of a cache need a namespace, and know their names', () => {
    compiled(() => {
      // @ts-expect-error the namespace is missing
      createCache({})
      // @ts-expect-error there is no such option
      createCache({ namespace: 'shop', ttl: '5m' })
      // @ts-expect-error nor in a group
      createCache({ namespace: 'shop', l1: { max: 5 } })
      // @ts-expect-error nor is this a duration
      createCache({ namespace: 'shop', defaults: { ttl: '5 minutes' } })
      // @ts-expect-error nor this an isolation
      createCache({ namespace: 'shop', l1: { isolation: 'copy' } })
      // @ts-expect-error L1 can be left out, but not asked for without saying how
      createCache({ namespace: 'shop', l1: true })
      const options: CacheOptions = { namespace: 'shop', l1: false }
      // @ts-expect-error options are data that nobody changes
      options.namespace = 'other'
      return createCache(options)
    })
  })

  test('of Redis may be a URL that may be missing, options, nodes, or a client of either ioredis', () => {
    expectTypeOf<{ namespace: string; redis: string | undefined }>().toExtend<CacheOptions>()
    expectTypeOf<{ host: string; port: number; tls: object }>().toExtend<
      NonNullable<CacheOptions['redis']>
    >()
    expectTypeOf<{ nodes: { host: string; port: number }[] }>().toExtend<
      NonNullable<CacheOptions['redis']>
    >()
    expectTypeOf<Redis>().toExtend<NonNullable<CacheOptions['redis']>>()
    expectTypeOf<Redis5>().toExtend<NonNullable<CacheOptions['redis']>>()
    expectTypeOf<number>().not.toExtend<CacheOptions['redis']>()
  })

  test('of a read have a signal, those of a write have not, and neither has the options of the other', () => {
    compiled((cache) => {
      void cache.get('k', { signal: AbortSignal.abort(), ttl: '5m', tags: ['t'] as const })
      void cache.set('k', 1, { strict: true, ttl: '5m', tags: ['t'] })
      void cache.delete('k', { strict: true })
      // @ts-expect-error a write is not given up
      void cache.set('k', 1, { signal: AbortSignal.abort() })
      // @ts-expect-error a delete stores nothing that could live
      void cache.delete('k', { ttl: '5m' })
      // @ts-expect-error a read has no receipt
      void cache.get('k', { strict: true })
    })
    expectTypeOf<ReadOptions>().not.toExtend<WriteOptions>()
    expectTypeOf<SetOptions>().toExtend<WriteOptions>()
  })

  test('that a loader chooses are few', () => {
    compiled(() => {
      expectTypeOf(entry(user, { ttl: 1, grace: '5m', tags: ['t'] })).toEqualTypeOf<Loaded<User>>()
      // @ts-expect-error the time of the load is over when its answer is there
      entry(user, { hardTimeout: 5 })
      // @ts-expect-error tags are many
      entry(user, { tags: 't' })
    })
  })
})

describe('what comes back', () => {
  test('from a write is a receipt', () => {
    expectTypeOf<Receipt>().toEqualTypeOf<'replicated' | 'everywhere' | 'here'>()
    compiled((cache) => {
      expectTypeOf(cache.set('k', 1)).toEqualTypeOf<Promise<Receipt>>()
      expectTypeOf(cache.setMany([['k', 1]])).toEqualTypeOf<Promise<Receipt>>()
      expectTypeOf(cache.setMany(new Map([['k', 1]]))).toEqualTypeOf<Promise<Receipt>>()
      expectTypeOf(cache.delete('k')).toEqualTypeOf<Promise<Receipt>>()
      expectTypeOf(cache.expire('k')).toEqualTypeOf<Promise<Receipt>>()
      expectTypeOf(cache.invalidateTags(['t'])).toEqualTypeOf<Promise<Receipt>>()
      expectTypeOf(cache.clear()).toEqualTypeOf<Promise<Receipt>>()
    })
  })

  test('from a namespace is a cache, which can be disposed of', () => {
    compiled((cache) => {
      expectTypeOf(cache.namespace('users')).toEqualTypeOf<Cache>()
    })
    expectTypeOf<Cache>().toExtend<AsyncDisposable>()
  })

  test('on a channel has an outcome of a closed set', () => {
    expectTypeOf<ReadRecord['outcome']>().toEqualTypeOf<
      'hit-l1' | 'hit-l2' | 'stale' | 'grace' | 'loaded' | 'absent' | 'failed'
    >()
  })

  test('as an error says what it is by its class', () => {
    const error = new TierError('read', 'no answer')
    expectTypeOf<(typeof error)['tier']>().toEqualTypeOf<'l2'>()
    expectTypeOf(error.code).toEqualTypeOf<string>()
    expect(error).toMatchObject({ tier: 'l2', operation: 'read', code: 'ERR_TIER' })
  })
})

describe('a keyspace', () => {
  test('asks for the parameters that its template names, no fewer and no more', () => {
    compiled((cache) => {
      const snapshots = cache.keyspace('validator:{id}:snapshot:{timestamp}', {
        load: ({ id, timestamp }) => {
          expectTypeOf(id).toEqualTypeOf<KeyParameter>()
          return { of: timestamp }
        },
      })
      void snapshots.get({ id: 5n, timestamp: 'x' })
      // @ts-expect-error a parameter is missing
      void snapshots.get({ id: 5 })
      // @ts-expect-error a parameter too many
      void snapshots.get({ id: 5, timestamp: 1, other: 2 })
      // @ts-expect-error and so for many
      void snapshots.getMany([{ id: 5 }])
      // @ts-expect-error no text has an object in it
      void snapshots.delete({ id: {}, timestamp: 1 })
      expectTypeOf(snapshots.parse('k')).toEqualTypeOf<
        { readonly id: string; readonly timestamp: string } | undefined
      >()
    })
  })

  test('has parameters of the kinds that its template says', () => {
    compiled((cache) => {
      const posts = cache.keyspace('user:{id:number}:posts:{query:hash}')
      void posts.get({ id: 1, query: { text: 'x', tags: ['a'] } })
      // @ts-expect-error a number was asked for
      void posts.get({ id: '1', query: 'x' })
      // @ts-expect-error nothing has no hash
      void posts.get({ id: 1, query: undefined })
      expectTypeOf(posts.parse('k')).toEqualTypeOf<{ readonly id: number } | undefined>()
      const config = cache.keyspace('config')
      void config.get({})
      // @ts-expect-error there is no parameter
      void config.get({ id: 1 })
    })
  })

  test('has the type of what its loader brings, and without one may have nothing', () => {
    compiled((cache) => {
      const users = cache.keyspace('user:{id}', { load: async () => user })
      expectTypeOf(users.get({ id: 1 })).toEqualTypeOf<Promise<User>>()
      expectTypeOf(users.peek({ id: 1 })).toEqualTypeOf<User | undefined>()
      expectTypeOf(users.getMany([{ id: 1 }])).toEqualTypeOf<Promise<(User | undefined)[]>>()
      // @ts-expect-error no user
      void users.set({ id: 1 }, 'Ada')
      const chosen = cache.keyspace('chosen:{id}', { load: () => entry(user, { ttl: 1 }) })
      expectTypeOf(chosen.get({ id: 1 })).toEqualTypeOf<Promise<User>>()
      const many = cache.keyspace('many:{id}', { loadMany: (params) => params.map(() => user) })
      expectTypeOf(many.get({ id: 1 })).toEqualTypeOf<Promise<User | undefined>>()
      const plain = cache.keyspace<'plain:{id}', User>('plain:{id}')
      expectTypeOf(plain.get({ id: 1 })).toEqualTypeOf<Promise<User | undefined>>()
    })
  })
})
