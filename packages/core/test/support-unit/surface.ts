import { describe, expect, test } from 'vitest'
import {
  type Cache,
  type CacheOptions,
  ConfigError,
  type Loaded,
  type LoaderContext,
  entry,
} from '../../src/index.ts'
import { held } from '../../src/testing/held.ts'

/** Makes a cache that is ready, and is closed after the test. */
export type MakeCache = (options?: Partial<CacheOptions>) => Promise<Cache>

function never(): never {
  throw new Error('the loader was not to be run')
}

function choosing(): Loaded<string> {
  return entry('v', { tags: ['chosen'] })
}

function choosingBadly(): Loaded<string> {
  return entry('v', { ttl: 'soon' as '1s' })
}

function answeringInPart(): Map<string, number | null> {
  return new Map([
    ['a', 1],
    ['none of them', 5],
    ['b', null],
  ])
}

interface Value {
  readonly list: { n: number }[]
  readonly at: Date
}

function newValue(): Value {
  return { list: [{ n: 1 }], at: new Date(0) }
}

/** What every cache does, whatever tiers it has. */
export function describeSurface(topology: string, make: MakeCache): void {
  describe(`${topology}: one key`, () => {
    test('what was loaded or set is found by every way to read', async () => {
      const cache = await make()
      expect(await cache.getOrSet('loaded', () => ({ id: 1 }))).toEqual({ id: 1 })
      await cache.set('set', { id: 2 })
      for (const [key, value] of [
        ['loaded', { id: 1 }],
        ['set', { id: 2 }],
      ] as const) {
        expect(await cache.get(key)).toEqual(value)
        expect(await cache.has(key)).toBe(true)
        expect(await cache.getOrSet(key, never)).toEqual(value)
        expect(await cache.getMany([key])).toEqual(new Map([[key, value]]))
        expect(await cache.getOrSetMany([key], never)).toEqual(new Map([[key, value]]))
      }
    })

    test('what is not there is not found, and nothing is loaded for who brings no loader', async () => {
      const cache = await make()
      expect(await cache.get('k')).toBeUndefined()
      expect(cache.peek('k')).toBeUndefined()
      expect(await cache.has('k')).toBe(false)
      expect(await cache.getMany(['k', 'l'])).toEqual(new Map())
    })

    test.each([{ value: 0 }, { value: '' }, { value: false }, { value: null }, { value: NaN }])(
      '$value is a value, and not the lack of one',
      async ({ value }) => {
        const cache = await make()
        expect(await cache.getOrSet('loaded', () => value)).toEqual(value)
        expect(await cache.getOrSet<unknown>('loaded', never)).toEqual(value)
        await cache.set('set', value)
        expect(await cache.get('set')).toEqual(value)
        expect(await cache.has('set')).toBe(true)
        expect(await cache.getMany(['set', 'loaded'])).toEqual(
          new Map([
            ['set', value],
            ['loaded', value],
          ]),
        )
      },
    )

    test('undefined from a loader says that there is none', async () => {
      const cache = await make()
      expect(await cache.getOrSet('k', () => undefined, { negativeTtl: '1h' })).toBeUndefined()
      expect(await cache.getOrSet<unknown>('k', never)).toBeUndefined()
      expect(await cache.has('k')).toBe(false)
      expect(await cache.getMany(['k'])).toEqual(new Map())
      await cache.set('k', 'now there is')
      expect(await cache.get('k')).toBe('now there is')
    })

    test('a value can not be set to undefined, since that is the lack of one', async () => {
      const cache = await make()
      await cache.set('k', 'old')
      await expect(cache.set('k', undefined)).rejects.toThrow(ConfigError)
      await expect(
        cache.setMany([
          ['other', 1],
          ['k', undefined],
        ]),
      ).rejects.toThrow('"k" can\'t be set to undefined; delete it, or set null')
      expect(await cache.get('k')).toBe('old')
      expect(await cache.has('other')).toBe(false)
    })

    test('is loaded once for all who ask at the same time', async () => {
      const cache = await make()
      const source = held<string>()
      let runs = 0
      const reads = Array.from({ length: 100 }, () =>
        cache.getOrSet('k', () => {
          runs++
          return source.promise
        }),
      )
      source.resolve('v')
      expect(await Promise.all(reads)).toEqual(Array(100).fill('v'))
      expect(runs).toBe(1)
    })

    test("gives the loader's own error to all who wait, untouched, and is loaded anew by the next", async () => {
      const cache = await make()
      const error = Object.assign(new TypeError('no such user'), { status: 404 })
      const source = held<string>()
      const reads = Array.from({ length: 3 }, () => cache.getOrSet('k', () => source.promise))
      const settled = Promise.allSettled(reads)
      source.reject(error)
      for (const result of await settled)
        expect((result as PromiseRejectedResult).reason).toBe(error)
      expect(await cache.getOrSet('k', () => 'found after all')).toBe('found after all')
    })

    test('may be loaded without a promise, and then fail without one', async () => {
      const cache = await make()
      const error = new Error('thrown at once')
      await expect(
        cache.getOrSet('k', () => {
          throw error
        }),
      ).rejects.toBe(error)
      for (const odd of [undefined, null, 'text', 5]) {
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors, prefer-promise-reject-errors -- loaders do
        await expect(cache.getOrSet('k', () => Promise.reject(odd))).rejects.toBe(odd)
      }
    })

    test('has the options that its loader chose from the value', async () => {
      const cache = await make()
      expect(await cache.getOrSet('k', choosing, { tags: ['given'] })).toBe('v')
      expect(await cache.getOrSet('k', never)).toBe('v')
      await cache.invalidateTags(['chosen'])
      expect(await cache.get('k')).toBeUndefined()
      await cache.getOrSet('k', choosing, { tags: ['given'] })
      await cache.invalidateTags(['given'])
      expect(await cache.get('k')).toBeUndefined()
      await cache.getOrSet('not stored', () => entry('v', { ttl: 0 }))
      expect(await cache.get('not stored')).toBeUndefined()
    })

    test('is refused when what its loader chose is not what it has to be', async () => {
      const cache = await make()
      await expect(cache.getOrSet('k', choosingBadly)).rejects.toThrow(
        /entry\.ttl must be a duration/,
      )
      expect(await cache.get('k')).toBeUndefined()
    })

    test('is what was set last', async () => {
      const cache = await make()
      for (let i = 0; i < 10; i++) await cache.set('k', i)
      expect(await cache.get('k')).toBe(9)
      await Promise.all([1, 2, 3].map((i) => cache.set('k', i)))
      expect(await cache.get('k')).toBe(3)
    })

    test('is gone after a delete, whether it was there or not', async () => {
      const cache = await make()
      await cache.set('k', 'v')
      expect(await cache.delete('k')).toBe('everywhere')
      expect(await cache.get('k')).toBeUndefined()
      expect(await cache.delete('k')).toBe('everywhere')
    })

    test('that was deleted while it was loaded stays deleted', async () => {
      const cache = await make()
      const source = held<string>()
      const begun = held<string>()
      const reading = cache.getOrSet('k', ({ key }) => {
        begun.resolve(key)
        return source.promise
      })
      expect(await begun.promise).toBe('k')
      await cache.delete('k')
      source.resolve('old')
      expect(await reading).toBe('old')
      expect(await cache.get('k')).toBeUndefined()
    })
  })

  describe(`${topology}: many keys`, () => {
    test('are set together, and read together', async () => {
      const cache = await make()
      const entries = new Map(Array.from({ length: 600 }, (_, i) => [`k${i}`, i]))
      expect(await cache.setMany(entries)).toBe('everywhere')
      expect(await cache.getMany([...entries.keys()])).toEqual(entries)
    })

    test('come in the order in which they were asked for, each once, without those that are absent', async () => {
      const cache = await make()
      await cache.setMany([
        ['a', 1],
        ['b', 2],
      ])
      const found = await cache.getMany(['b', 'absent', 'a', 'b', 'absent'])
      expect([...found]).toEqual([
        ['b', 2],
        ['a', 1],
      ])
    })

    test('that are missing are loaded by one call, 10,000 of them too', async () => {
      const cache = await make()
      const keys = Array.from({ length: 10_000 }, (_, i) => `k${i}`)
      await cache.setMany(keys.slice(0, 100).map((key) => [key, 'held']))
      const calls: (readonly string[])[] = []
      const found = await cache.getOrSetMany(keys, (missing) => {
        calls.push(missing)
        return missing.map((key) => [key, 'loaded'] as const)
      })
      expect(found.size).toBe(10_000)
      expect([found.get('k0'), found.get('k100')]).toEqual(['held', 'loaded'])
      expect(calls.map((missing) => missing.length)).toEqual([9_900])
      expect([...found.keys()]).toEqual(keys)
    })

    test('may be answered in part: the others are absent, and remembered as such if asked to', async () => {
      const cache = await make()
      const found = await cache.getOrSetMany(['a', 'b', 'c'], answeringInPart, {
        negativeTtl: '1h',
      })
      expect([...found]).toEqual([
        ['a', 1],
        ['b', null],
      ])
      const again = await cache.getOrSetMany<unknown>(['c', 'b'], never)
      expect([...again]).toEqual([['b', null]])
      expect(await cache.get('none of them')).toBeUndefined()
    })

    test('that come twice in one call are loaded once', async () => {
      const cache = await make()
      const found = await cache.getOrSetMany(['a', 'a', 'b', 'a'], (keys) => {
        expect(keys).toEqual(['a', 'b'])
        return keys.map((key) => [key, key] as const)
      })
      expect([...found.keys()]).toEqual(['a', 'b'])
    })

    test('that others load are waited for, and only the rest is loaded', async () => {
      const cache = await make()
      const source = held<string>()
      const single = cache.getOrSet('a', () => source.promise)
      const many = cache.getOrSetMany(['a', 'b'], (keys) => {
        source.resolve('from the single load')
        expect(keys).toEqual(['b'])
        return [['b', 'from the bulk load']]
      })
      expect([...(await many).values()]).toEqual(['from the single load', 'from the bulk load'])
      expect(await single).toBe('from the single load')
    })

    test('all fail with what their loader threw, and what was there stays', async () => {
      const cache = await make()
      await cache.set('held', 'v')
      const error = new Error('the source is down')
      const fail = (): never => {
        throw error
      }
      for (const load of [fail, () => Promise.reject(error)]) {
        await expect(cache.getOrSetMany(['held', 'a', 'b'], load)).rejects.toMatchObject({
          code: 'ERR_BULK_LOAD',
          values: new Map([['held', 'v']]),
          errors: new Map([
            ['a', error],
            ['b', error],
          ]),
          cause: error,
        })
      }
      expect(await cache.getOrSetMany(['held'], fail)).toEqual(new Map([['held', 'v']]))
    })

    test('each may have options that the loader chose', async () => {
      const cache = await make()
      await cache.getOrSetMany(['a', 'b'], () => [
        ['a', entry('a', { tags: ['t'] })],
        ['b', 'b'],
      ])
      await cache.invalidateTags(['t'])
      expect([...(await cache.getMany(['a', 'b'])).keys()]).toEqual(['b'])
    })

    test('none are no reason to run a loader', async () => {
      const cache = await make()
      expect(await cache.getMany([])).toEqual(new Map())
      expect(await cache.getOrSetMany([], never)).toEqual(new Map())
      expect(await cache.setMany([])).toBe('everywhere')
      expect(await cache.deleteMany([])).toBe('everywhere')
      expect(await cache.invalidateTags([])).toBe('everywhere')
    })

    test('are deleted together', async () => {
      const cache = await make()
      const keys = Array.from({ length: 600 }, (_, i) => `k${i}`)
      await cache.setMany([...keys, 'other'].map((key) => [key, key]))
      expect(await cache.deleteMany(keys)).toBe('everywhere')
      expect([...(await cache.getMany([...keys, 'other'])).keys()]).toEqual(['other'])
    })
  })

  describe(`${topology}: tags, namespaces, clear`, () => {
    test('a tag drops what carries it, and nothing else', async () => {
      const cache = await make()
      await cache.set('a', 1, { tags: ['t', 'u'] })
      await cache.getOrSet('b', () => 2, { tags: ['t'] })
      await cache.setMany([['c', 3]], { tags: ['u'] })
      await cache.set('d', 4)
      expect(await cache.invalidateTags(['t', 'nobody has this one'])).toBe('everywhere')
      expect([...(await cache.getMany(['a', 'b', 'c', 'd'])).keys()]).toEqual(['c', 'd'])
      await cache.set('a', 5, { tags: ['t'] })
      expect(await cache.get('a')).toBe(5)
    })

    test('a clear drops everything, and what comes after it stays', async () => {
      const cache = await make()
      await cache.set('a', 1)
      await cache.getOrSet('b', () => 2, { tags: ['t'] })
      expect(await cache.clear()).toBe('everywhere')
      expect((await cache.getMany(['a', 'b'])).size).toBe(0)
      await cache.set('a', 3)
      expect(await cache.get('a')).toBe(3)
    })

    test('namespaces do not see each other, nor the cache itself', async () => {
      const cache = await make()
      const [users, orders] = [cache.namespace('users'), cache.namespace('orders')]
      const caches = [cache, users, orders]
      for (const [i, own] of caches.entries()) await own.set('k', i)
      for (const [i, own] of caches.entries()) {
        expect(await own.get('k')).toBe(i)
        expect(await own.getMany(['k'])).toEqual(new Map([['k', i]]))
        expect(await own.getOrSet('k', never)).toBe(i)
      }
      await users.delete('k')
      expect([await cache.has('k'), await users.has('k'), await orders.has('k')]).toEqual([
        true,
        false,
        true,
      ])
    })

    test("a namespace's clear leaves the others, and drops what is nested in it", async () => {
      const cache = await make()
      const users = cache.namespace('users')
      const nested = users.namespace('sessions')
      const orders = cache.namespace('orders')
      const caches = [cache, users, nested, orders]
      for (const own of caches) await own.set('set', 1)
      for (const own of caches) await own.getOrSet('loaded', () => 1)
      expect(await users.clear()).toBe('everywhere')
      const left = async (): Promise<number[]> =>
        Promise.all(caches.map(async (own) => (await own.getMany(['set', 'loaded'])).size))
      expect(await left()).toEqual([2, 0, 0, 2])
      await nested.set('set', 1)
      await users.set('set', 1)
      await nested.clear()
      expect(await left()).toEqual([2, 1, 0, 2])
      await cache.clear()
      expect(await left()).toEqual([0, 0, 0, 0])
    })

    test('a colon in the name of a namespace is a namespace in a namespace', async () => {
      const cache = await make()
      const users = cache.namespace('users')
      const [one, other] = [cache.namespace('users:sessions'), users.namespace('sessions')]
      for (const [stored, read] of [
        [one, other],
        [other, one],
      ] as const) {
        for (const cleared of [users, one, other]) {
          await stored.set('k', 'v')
          expect(await read.get('k')).toBe('v')
          await cleared.clear()
          expect(await read.get('k')).toBeUndefined()
        }
      }
    })

    test("a namespace is a prefix: the cache reads its keys, and what it stores there survives the namespace's clear", async () => {
      const cache = await make()
      const users = cache.namespace('users')
      await users.set('k', 'v')
      expect(await cache.get('users:k')).toBe('v')
      await cache.set('users:k', 'the cache’s')
      await users.clear()
      expect(await users.get('k')).toBe('the cache’s')
      await users.delete('k')
      expect(await cache.get('users:k')).toBeUndefined()
    })

    test('a namespace gives its loaders keys as its callers write them, one by one and in bulk', async () => {
      const users = (await make()).namespace('users')
      expect(await users.getOrSetMany(['a', 'b'], (keys) => keys.map((key) => [key, key]))).toEqual(
        new Map([
          ['a', 'a'],
          ['b', 'b'],
        ]),
      )
      await users.setMany([['c', 'c']])
      await users.deleteMany(['a'])
      expect([...(await users.getMany(['a', 'b', 'c'])).keys()]).toEqual(['b', 'c'])
    })

    test('tags reach through all namespaces', async () => {
      const cache = await make()
      const [users, orders] = [cache.namespace('users'), cache.namespace('orders')]
      await users.set('k', 1, { tags: ['org:7'] })
      await orders.set('k', 1, { tags: ['org:7'] })
      await users.invalidateTags(['org:7'])
      expect([await users.has('k'), await orders.has('k')]).toEqual([false, false])
    })
  })

  describe(`${topology}: a caller that gives up`, () => {
    test('gets the reason of its signal, and what is loaded for others goes on', async () => {
      const cache = await make()
      const source = held<string>()
      const caller = new AbortController()
      const contexts: LoaderContext<string>[] = []
      const load = (context: LoaderContext<string>): Promise<string> => {
        contexts.push(context)
        return source.promise
      }
      const impatient = cache.getOrSet('k', load, { signal: caller.signal })
      const patient = cache.getOrSet('k', load)
      const reason = new Error('gave up')
      caller.abort(reason)
      await expect(impatient).rejects.toBe(reason)
      source.resolve('v')
      expect(await patient).toBe('v')
      expect(contexts).toHaveLength(1)
      expect(contexts[0]?.signal.aborted).toBe(false)
      expect(await cache.get('k')).toBe('v')
    })

    test('has given up before it asks, or asks for many, is answered the same way', async () => {
      const cache = await make()
      const options = { signal: AbortSignal.abort(new Error('before')) }
      await expect(cache.getOrSet('k', () => 'v', options)).rejects.toThrow('before')
      await expect(cache.get('l', options)).rejects.toThrow('before')
      await expect(cache.getMany(['l'], options)).rejects.toThrow('before')
      await expect(cache.getOrSetMany(['l'], () => [['l', 1]], options)).rejects.toThrow('before')
    })

    test('leaves no error behind when the load then fails', async () => {
      const cache = await make()
      const source = held<string>()
      const caller = new AbortController()
      const read = cache.getOrSet('k', () => source.promise, { signal: caller.signal })
      caller.abort()
      await expect(read).rejects.toMatchObject({ name: 'AbortError' })
      source.reject(new Error('nobody is there to hear'))
      expect(await cache.getOrSet('l', () => 1)).toBe(1)
    })

    test('gets the value, and keeps no tie to the signal, when it does not give up', async () => {
      const cache = await make()
      const { signal } = new AbortController()
      let listeners = 0
      const add = signal.addEventListener.bind(signal)
      const remove = signal.removeEventListener.bind(signal)
      signal.addEventListener = (...args: Parameters<typeof add>) => {
        listeners++
        add(...args)
      }
      signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        listeners--
        remove(...args)
      }
      expect(await cache.getOrSet('k', () => 1, { signal })).toBe(1)
      await new Promise(setImmediate)
      expect(listeners).toBe(0)
    })
  })

  describe(`${topology}: values that are handed out`, () => {
    test('are frozen all the way down, for who loaded or set them too', async () => {
      const cache = await make()
      const set = newValue()
      await cache.set('set', set)
      for (const value of [
        await cache.getOrSet('loaded', newValue),
        await cache.getOrSet<Value>('loaded', never),
        await cache.get<Value>('set'),
        (await cache.getMany<Value>(['set'])).get('set'),
        set,
      ]) {
        expect(() => value?.list.push({ n: 2 })).toThrow(TypeError)
        expect(() => (value!.list[0]!.n = 2)).toThrow(TypeError)
      }
      expect(await cache.get('set')).toEqual(newValue())
    })

    test('are each a clone, if asked for: what a caller does to one is seen by no other', async () => {
      const cache = await make({ l1: { isolation: 'clone' } })
      const set = newValue()
      await cache.set('set', set)
      set.list.push({ n: 2 })
      const own = await cache.getOrSet('loaded', newValue)
      own.list.push({ n: 2 })
      for (const key of ['set', 'loaded']) {
        ;(await cache.get<Value>(key))?.list.push({ n: 3 })
        ;(await cache.getMany<Value>([key])).get(key)?.list.push({ n: 3 })
        cache.peek<Value>(key)?.list.push({ n: 3 })
        expect(await cache.get(key)).toEqual(newValue())
      }
    })

    test('are shared as they are, if asked for', async () => {
      const cache = await make({ l1: { isolation: 'share' } })
      const value = newValue()
      await cache.set('k', value)
      value.list.push({ n: 2 })
      expect(Object.isFrozen(await cache.get('k'))).toBe(false)
    })

    test('are refused whole when they can not be cloned, whoever brings them', async () => {
      const cache = await make({ l1: { isolation: 'clone' } })
      await cache.set('k', 'old')
      const uncloneable = { call: () => 1 }
      await expect(cache.set('k', uncloneable)).rejects.toThrow(/could not be cloned/)
      expect(await cache.get('k')).toBe('old')
      await expect(cache.getOrSet('l', () => uncloneable)).rejects.toThrow(/could not be cloned/)
      await cache.set('k', 'new')
      expect(await cache.get('k')).toBe('new')
    })
  })

  describe(`${topology}: bad arguments`, () => {
    const BAD_KEYS: [string, unknown][] = [
      ['is empty', ''],
      ['is no string', 42],
      ['is longer than 1,024 bytes', 'é'.repeat(513)],
      ['has a control character', 'a\u0000b'],
      ['has a lone surrogate', 'a\ud800'],
    ]

    test.each(BAD_KEYS)('a key that %s rejects, and is not thrown', async (_, bad) => {
      const cache = await make()
      const key = bad as string
      const calls: (() => Promise<unknown>)[] = [
        () => cache.get(key),
        () => cache.has(key),
        () => cache.getOrSet(key, () => 1),
        () => cache.getMany(['good', key]),
        () => cache.getOrSetMany([key], never),
        () => cache.set(key, 1),
        () => cache.setMany([[key, 1]]),
        () => cache.delete(key),
        () => cache.deleteMany(['good', key]),
        () => cache.expire(key),
        () => cache.set('good', 1, { tags: [key] }),
        () => cache.getOrSet('good', () => 1, { tags: [key] }),
        () => cache.getOrSet('good', () => entry(1, { tags: [key] })),
        () => cache.invalidateTags([key]),
      ]
      for (const call of calls) {
        const called = call()
        await expect(called).rejects.toThrow(ConfigError)
        await expect(called).rejects.toMatchObject({ code: 'ERR_CONFIG' })
      }
      expect(() => cache.namespace(key)).toThrow(ConfigError)
      expect(cache.peek(key)).toBeUndefined()
      expect(await cache.has('good')).toBe(false)
    })

    test.each<[string, unknown]>([
      ['unknown', { tttl: '5m' }],
      ['no duration', { ttl: '5 minutes' }],
      ['negative', { grace: -1 }],
      ['no object', null],
      ['text', '5m'],
    ])('options that are %s reject, and nothing is done', async (_, bad) => {
      const cache = await make()
      const options = bad as { ttl: '5m' }
      const calls: (() => Promise<unknown>)[] = [
        () => cache.get('k', options),
        () => cache.getMany(['k'], options),
        () => cache.getOrSet('k', never, options),
        () => cache.getOrSetMany(['k'], never, options),
        () => cache.set('k', 1, options),
        () => cache.setMany([['k', 1]], options),
        () => cache.delete('k', options as object),
        () => cache.deleteMany(['k'], options as object),
        () => cache.expire('k', options as object),
        () => cache.invalidateTags(['t'], options as object),
        () => cache.clear(options as object),
      ]
      for (const call of calls) await expect(call()).rejects.toThrow(ConfigError)
      expect(await cache.has('k')).toBe(false)
    })

    test('a string in the place of many keys or tags rejects, as it would be many of one letter', async () => {
      const cache = await make()
      const keys = 'abc' as unknown as string[]
      for (const call of [
        () => cache.getMany(keys),
        () => cache.getOrSetMany(keys, never),
        () => cache.deleteMany(keys),
        () => cache.invalidateTags(keys),
        () => cache.set('k', 1, { tags: keys }),
      ]) {
        await expect(call()).rejects.toThrow(ConfigError)
      }
    })

    test('a limit on tags is checked with what the loader adds', async () => {
      const cache = await make()
      const tags = Array.from({ length: 1_000 }, (_, i) => `t${i}`)
      await cache.set('k', 1, { tags })
      expect(await cache.get('k')).toBe(1)
      await expect(cache.set('k', 2, { tags: [...tags, 'u'] })).rejects.toThrow(/at most 1000 tags/)
      await expect(cache.getOrSet('l', () => entry(1, { tags: ['u'] }), { tags })).rejects.toThrow(
        /at most 1000 tags/,
      )
      expect(await cache.get('k')).toBe(1)
    })
  })
}
