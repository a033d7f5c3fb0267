import { describe, expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'
import type { Cache } from '../cache.ts'
import { LoadTimeoutError } from '../errors.ts'
import { entry } from '../load/loader.ts'
import type { CacheOptions } from '../options.ts'
import { held } from '../testing/held.ts'
import { settled } from '../testing/manual-clock.ts'

const stage = new ManualStage()

/** A loader that counts its runs and answers with their number. */
function counting(): { (): number; runs: number } {
  const load = (): number => ++load.runs
  load.runs = 0
  return load
}

function failing(): never {
  throw new Error('the source is down')
}

type Make = (options?: Partial<CacheOptions>) => Promise<Cache>

describe.each<[string, Make]>([
  ['without Redis', async (options) => stage.alone(options)],
  ['with Redis', async (options) => (await stage.instance(options)).cache],
  [
    'with Redis and no L1',
    async (options) => (await stage.instance({ ...options, l1: false })).cache,
  ],
])('%s', (_topology, make) => {
  test('a value is fresh for its ttl, and loaded anew after it', async () => {
    const cache = await make()
    const load = counting()
    const read = (): Promise<number> => cache.getOrSet('k', load, { ttl: '1m' })
    expect(await read()).toBe(1)
    await stage.clock.advance(59_000)
    expect(await read()).toBe(1)
    await stage.clock.advance(1_000)
    expect(await read()).toBe(2)
  })

  test('the ttl is that of the cache, of the call, or of what the loader chose; the longest cuts all', async () => {
    const cache = await make({ defaults: { ttl: '10s', maxTtl: '40s' } })
    await cache.getOrSet('cache', () => 1)
    await cache.getOrSet('call', () => 1, { ttl: '20s' })
    await cache.getOrSet('loader', () => entry(1, { ttl: '30s' }), { ttl: '20s' })
    await cache.getOrSet('longest', () => entry(1, { ttl: '1h' }), { ttl: '20s' })
    const found: Record<string, string> = {}
    for (let at = 5; at <= 45; at += 10) {
      await stage.clock.advance(at === 5 ? 5_000 : 10_000)
      found[`at ${at} s`] = [
        ...(await cache.getMany(['cache', 'call', 'loader', 'longest'])).keys(),
      ].join(' ')
    }
    expect(found).toEqual({
      'at 5 s': 'cache call loader longest',
      'at 15 s': 'call loader longest',
      'at 25 s': 'loader longest',
      'at 35 s': 'longest',
      'at 45 s': '',
    })
  })

  test('with a ttl of 0 nothing is stored', async () => {
    const cache = await make()
    const load = counting()
    await cache.getOrSet('k', load, { ttl: 0 })
    await cache.set('set', 1, { ttl: 0 })
    expect(await cache.getOrSet('k', load, { ttl: 0 })).toBe(2)
    expect(await cache.get('set')).toBeUndefined()
  })

  test('jitter shortens a ttl by at most its part, and never makes it longer', async () => {
    const cache = await make({ defaults: { jitter: 0.2, ttl: '100s' } })
    stage.clock.chance = 0
    await cache.set('whole', 1)
    stage.clock.chance = 0.5
    await cache.getOrSet('half', () => 1)
    stage.clock.chance = 0.999_999
    await cache.getOrSet('shortest', () => 1)
    const keys = ['whole', 'half', 'shortest']
    await stage.clock.advance(79_000)
    expect([...(await cache.getMany(keys)).keys()]).toEqual(keys)
    await stage.clock.advance(2_000)
    expect([...(await cache.getMany(keys)).keys()]).toEqual(['whole', 'half'])
    await stage.clock.advance(10_000)
    expect([...(await cache.getMany(keys)).keys()]).toEqual(['whole'])
    await stage.clock.advance(9_000)
    expect((await cache.getMany(keys)).size).toBe(0)
  })

  test('"there is none" is asked for again at once, unless it has a ttl of its own', async () => {
    const cache = await make()
    let runs = 0
    const none = (): undefined => {
      runs++
    }
    await cache.getOrSet('k', none)
    await settled() // while the right to load is given back, who asks still joins
    await cache.getOrSet('k', none)
    expect(runs).toBe(2)
    for (let i = 0; i < 2; i++) {
      expect(await cache.getOrSet('remembered', none, { negativeTtl: '10s' })).toBeUndefined()
    }
    expect(runs).toBe(3)
    expect(await cache.has('remembered')).toBe(false)
    expect(await cache.getMany(['remembered'])).toEqual(new Map())
    await stage.clock.advance(10_000)
    await cache.getOrSet('remembered', none, { negativeTtl: '10s' })
    expect(runs).toBe(4)
  })

  describe('a value in its stale-while-revalidate window', () => {
    const options = { ttl: '10s', staleWhileRevalidate: '1m' } as const

    test('is served at once, while one load behind brings the next', async () => {
      const cache = await make()
      await cache.getOrSet('k', () => 'old', options)
      await stage.clock.advance(10_000)
      const next = held<string>()
      let runs = 0
      const load = (): Promise<string> => {
        runs++
        return next.promise
      }
      const reads = await Promise.all([1, 2, 3].map(() => cache.getOrSet('k', load, options)))
      expect(reads).toEqual(['old', 'old', 'old'])
      await settled()
      expect(runs).toBe(1)
      next.resolve('new')
      await settled()
      expect(await cache.getOrSet('k', failing, options)).toBe('new')
    })

    test('stays when its refresh fails, and the next is not begun before a second', async () => {
      const cache = await make()
      await cache.getOrSet('k', () => 'old', options)
      await stage.clock.advance(10_000)
      let runs = 0
      const read = async (): Promise<string> => {
        const value = await cache.getOrSet<string>(
          'k',
          () => {
            runs++
            return failing()
          },
          options,
        )
        await settled()
        return value
      }
      expect(await read()).toBe('old')
      await stage.clock.advance(999)
      expect(await read()).toBe('old')
      expect(runs).toBe(1)
      await stage.clock.advance(1)
      expect(await read()).toBe('old')
      expect(runs).toBe(2)
      expect(cache.stats().loads).toMatchObject({ errors: 2, refreshErrors: 2 })
    })

    test('is loaded anew as often as its ttl ends, when that is more than once in a second', async () => {
      const cache = await make()
      const short = { ttl: '100ms', staleWhileRevalidate: '1h' } as const
      const load = counting()
      await cache.getOrSet('k', load, short)
      for (let i = 1; i <= 3; i++) {
        await stage.clock.advance(100)
        expect(await cache.getOrSet('k', load, short)).toBe(i)
        await settled()
        expect(load.runs).toBe(i + 1)
      }
    })

    test('is waited for when the window is over', async () => {
      const cache = await make()
      await cache.getOrSet('k', () => 'old', options)
      await stage.clock.advance(70_000)
      expect(await cache.getOrSet('k', () => 'new', options)).toBe('new')
    })

    test('is not served to who brings no loader, since nobody would refresh it', async () => {
      const cache = await make()
      await cache.getOrSet('k', () => 'old', options)
      await stage.clock.advance(10_000)
      expect(await cache.get('k', options)).toBeUndefined()
      expect(cache.peek('k')).toBeUndefined()
    })

    test('is not served after an invalidation', async () => {
      const cache = await make()
      for (const drop of [
        () => cache.delete('k'),
        () => cache.invalidateTags(['t']),
        () => cache.clear(),
      ]) {
        await cache.getOrSet('k', () => 'old', { ...options, tags: ['t'] })
        await stage.clock.advance(10_000)
        await drop()
        expect(await cache.getOrSet('k', () => 'new', options)).toBe('new')
        await cache.delete('k')
      }
    })
  })

  describe('a value in its grace', () => {
    const options = { ttl: '10s', grace: '1m' } as const

    test('is served when the loader fails, and not beyond it', async () => {
      const cache = await make()
      await cache.getOrSet('k', () => 'old', options)
      await stage.clock.advance(69_000)
      expect(await cache.getOrSet('k', failing, options)).toBe('old')
      await stage.clock.advance(1_000)
      await expect(cache.getOrSet('k', failing, options)).rejects.toThrow('the source is down')
    })

    test('is not served when the loader answers', async () => {
      const cache = await make()
      await cache.getOrSet('k', () => 'old', options)
      await stage.clock.advance(10_000)
      expect(await cache.getOrSet('k', () => 'new', options)).toBe('new')
    })

    test('is not served after an invalidation, since it is known to be wrong', async () => {
      const cache = await make()
      for (const drop of [
        () => cache.delete('k'),
        () => cache.invalidateTags(['t']),
        () => cache.clear(),
      ]) {
        await cache.getOrSet('k', () => 'old', { ...options, tags: ['t'] })
        await stage.clock.advance(10_000)
        await drop()
        await expect(cache.getOrSet('k', failing, options)).rejects.toThrow('the source is down')
      }
    })

    test('is not served if it is invalidated while the load fails', async () => {
      const cache = await make()
      await cache.getOrSet('k', () => 'old', options)
      await stage.clock.advance(10_000)
      const source = held<string>()
      const error = new Error('down')
      const read = cache
        .getOrSet<unknown>('k', () => source.promise, options)
        .catch((caught: unknown) => caught)
      await settled()
      await cache.delete('k')
      source.reject(error)
      expect(await read).toBe(error)
    })

    test('is what `expire` leaves: loaded anew, but there if the loader fails', async () => {
      const cache = await make()
      await cache.getOrSet('k', () => 'old', options)
      await cache.expire('k')
      expect(cache.peek('k')).toBeUndefined()
      expect(await cache.get('k')).toBeUndefined()
      expect(await cache.getOrSet('k', failing, options)).toBe('old')
      await stage.clock.advance(1_000)
      expect(await cache.getOrSet('k', () => 'new', options)).toBe('new')
    })

    test('is served after the soft timeout, while the load goes on', async () => {
      const cache = await make()
      const late = { ...options, softTimeout: '50ms' } as const
      await cache.getOrSet('k', () => 'old', late)
      await stage.clock.advance(10_000)
      const source = held<string>()
      let answer: string | undefined
      void cache
        .getOrSet('k', () => source.promise, late)
        .then((value) => {
          answer = value
        })
      await stage.clock.advance(49)
      expect(answer).toBeUndefined()
      await stage.clock.advance(1)
      expect(answer).toBe('old')
      source.resolve('new')
      await settled()
      expect(await cache.getOrSet('k', failing)).toBe('new')
      expect(cache.stats().reads).toMatchObject({ grace: 1 })
    })

    test('or none: without one the soft timeout ends nothing', async () => {
      const cache = await make()
      const source = held<string>()
      const read = cache.getOrSet('k', () => source.promise, { softTimeout: '50ms' })
      await stage.clock.advance(1_000)
      source.resolve('late')
      expect(await read).toBe('late')
    })
  })

  describe('the hard timeout', () => {
    test('gives a load up, aborts its signal with the reason, and says which key it was', async () => {
      const cache = await make()
      let signal: AbortSignal | undefined
      const read = cache
        .getOrSet(
          'k',
          (context) => {
            signal = context.signal
            return new Promise(() => {})
          },
          { hardTimeout: '2s' },
        )
        .catch((error: unknown) => error)
      await stage.clock.advance(1_999)
      expect(signal?.aborted).toBe(false)
      await stage.clock.advance(1)
      const error = await read
      expect(error).toBeInstanceOf(LoadTimeoutError)
      expect(error).toMatchObject({
        code: 'ERR_LOAD_TIMEOUT',
        key: 'k',
        message: 'the loader of "k" did not settle within 2000 ms',
      })
      expect(signal?.reason).toBe(error)
      expect(cache.stats().loads).toMatchObject({ timeouts: 1, errors: 0, underway: 0 })
    })

    test('is 30 s where nothing is said', async () => {
      const cache = await make()
      const read = cache.getOrSet('k', () => new Promise(() => {})).catch((error: unknown) => error)
      await stage.clock.advance(30_000)
      expect(await read).toBeInstanceOf(LoadTimeoutError)
    })

    test('can be none', async () => {
      const cache = await make()
      const source = held<string>()
      const read = cache.getOrSet('k', () => source.promise, { hardTimeout: Infinity })
      await stage.clock.advance(10 * 60_000)
      source.resolve('very late')
      expect(await read).toBe('very late')
    })

    test('is for all who wait for the load, and what comes after it is dropped', async () => {
      const cache = await make()
      const source = held<string>()
      const reads = Promise.allSettled(
        [1, 2].map(() => cache.getOrSet('k', () => source.promise, { hardTimeout: '2s' })),
      )
      await stage.clock.advance(2_000)
      expect((await reads).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      source.resolve('too late')
      await settled()
      expect(await cache.get('k')).toBeUndefined()
    })

    test('serves a value in its grace instead', async () => {
      const cache = await make()
      const options = { ttl: '10s', grace: '1m', hardTimeout: '2s' } as const
      await cache.getOrSet('k', () => 'old', options)
      await stage.clock.advance(10_000)
      const read = cache.getOrSet('k', () => new Promise(() => {}), options)
      await stage.clock.advance(2_000)
      expect(await read).toBe('old')
    })
  })

  test('a loader is told its key, and the value that is no longer fresh', async () => {
    const cache = await make()
    const options = { ttl: '10s', grace: '1m' } as const
    const seen: unknown[] = []
    const load = ({ key, stale }: { key: string; stale: unknown }): string => {
      seen.push([key, stale])
      return 'v'
    }
    await cache.getOrSet('k', load, options)
    await stage.clock.advance(10_000)
    await cache.getOrSet('k', load, options)
    expect(seen).toEqual([
      ['k', undefined],
      ['k', { value: 'v', etag: undefined, lastModified: undefined }],
    ])
  })

  test('at most 64 refreshes are under way that nobody waits for, and those not begun are counted', async () => {
    const cache = await make()
    const options = { ttl: '10s', staleWhileRevalidate: '1h' } as const
    const keys = Array.from({ length: 70 }, (_, i) => `k${i}`)
    await cache.setMany(
      keys.map((key) => [key, 'old']),
      options,
    )
    await stage.clock.advance(10_000)
    const source = held<string>()
    let runs = 0
    for (const key of keys) {
      await cache.getOrSet(
        key,
        () => {
          runs++
          return source.promise
        },
        options,
      )
    }
    await settled()
    expect(runs).toBe(64)
    expect(cache.stats().loads).toMatchObject({ refreshesDropped: 6, underway: 64 })
    source.resolve('new')
    await settled()
  })
})

describe('a load that is older than the bound', () => {
  test('may bring what is too old, and so is not joined', async () => {
    const { cache } = await stage.instance()
    const first = held<string>()
    const reading = cache.getOrSet('k', () => first.promise)
    await stage.clock.advance(5_001)
    const second = cache.getOrSet('k', () => 'second')
    await stage.clock.advance(2_000)
    expect(await second).toBe('second')
    first.resolve('first')
    expect(await reading).toBe('first')
    await settled()
    expect(await cache.get('k')).toBe('second')
  })

  test('is joined where there is no bound, as nobody else could have changed anything', async () => {
    const cache = stage.alone()
    const source = held<string>()
    const reading = cache.getOrSet('k', () => source.promise)
    await stage.clock.advance(10_000)
    const joined = cache.getOrSet('k', failing)
    source.resolve('v')
    expect(await Promise.all([reading, joined])).toEqual(['v', 'v'])
  })
})

describe('L1 before L2', () => {
  test('L1 never keeps a value longer than L2 does', async () => {
    const a = await stage.instance()
    const b = await stage.instance()
    await a.cache.set('k', 'v', { ttl: '1m' })
    await stage.clock.advance(40_000)
    expect(await b.cache.get('k')).toBe('v')
    await stage.clock.advance(19_999)
    expect(b.cache.peek('k')).toBe('v')
    await stage.clock.advance(1)
    expect([a.cache.peek('k'), b.cache.peek('k')]).toEqual([undefined, undefined])
  })

  test('a ttl of L1 sends its reader to L2, which still has the value', async () => {
    const { cache } = await stage.instance({ l1: { ttl: '10s' } })
    const load = counting()
    await cache.getOrSet('k', load, { ttl: '1m' })
    await stage.clock.advance(10_000)
    expect(cache.peek('k')).toBeUndefined()
    expect(await cache.getOrSet('k', load, { ttl: '1m' })).toBe(1)
    expect(cache.peek('k')).toBe(1)
    expect(cache.stats()).toMatchObject({ l2: { hits: 1 }, reads: { loaded: 1 } })
  })

  test('a ttl of L1 holds for what came from L2 as well', async () => {
    const a = await stage.instance()
    const b = await stage.instance({ l1: { ttl: '10s' } })
    await a.cache.set('k', 'v', { ttl: '1m' })
    await b.cache.get('k')
    await stage.clock.advance(9_999)
    expect(b.cache.peek('k')).toBe('v')
    await stage.clock.advance(1)
    expect([a.cache.peek('k'), b.cache.peek('k')]).toEqual(['v', undefined])
  })

  test('a value whose life in L2 was changed from elsewhere is what L2 says', async () => {
    const a = await stage.instance()
    const b = await stage.instance()
    await a.cache.set('k', 'v', { ttl: '1h' })
    await b.cache.expire('k')
    expect(await a.cache.get('k')).toBeUndefined()
  })

  test.each([1_000_000, -1_000_000])(
    "what was made stale is so for a reader whose idea of Redis' clock is %i ms wrong",
    async (ms) => {
      const a = await stage.instance()
      const b = await stage.instance()
      await a.cache.set('k', 'v', { ttl: '1h', grace: '1h' })
      stage.redis.setClockOn(ms)
      await b.cache.expire('k')
      expect(await a.cache.get('k')).toBeUndefined()
      expect(await a.cache.getOrSet('k', () => 'loaded')).toBe('loaded')
    },
  )

  test('the grace is kept in L2 as long as the longer of the two windows', async () => {
    const { cache } = await stage.instance()
    await cache.set('k', 'v', { ttl: '10s', grace: '20s', staleWhileRevalidate: '5s' })
    expect(stage.redis.remaining('k')).toBe(30_000)
    await cache.getOrSet('l', () => 'v', { ttl: '10s', grace: '5s', staleWhileRevalidate: '20s' })
    await settled()
    expect(stage.redis.remaining('l')).toBe(30_000)
  })

  test('values of one set end together, since they were stored together', async () => {
    const { cache } = await stage.instance({ defaults: { jitter: 0.5 } })
    await cache.setMany([
      ['a', 1],
      ['b', 2],
    ])
    expect(stage.redis.remaining('a')).toBe(stage.redis.remaining('b'))
  })

  test.each([
    ['is left out by a strict primary', true, undefined],
    ['goes on else', false, 'v'],
  ])('while no beat is answered, L2 %s', async (_, strictPrimary, answer) => {
    const { cache, link } = await stage.instance({ coherence: { strictPrimary } })
    const { cache: other } = await stage.instance()
    await other.set('k', 'v')
    link.l2.hello = () => Promise.reject(new Error('NOREPLICAS'))
    const get = async (key: string): Promise<unknown> => {
      const reading = cache.get(key)
      await stage.clock.advance(300) // longer than the pause between two questions
      return reading
    }
    // Reads are answered meanwhile: it is not the breaker that ends them.
    for (let ms = 0; ms <= 5_000; ms += 300) await get('none')
    expect(cache.stats()).toMatchObject({
      coherence: { isConfirmed: false },
      l2: { state: 'closed' },
    })
    stage.redis.asked.length = 0
    expect(await get('k')).toBe(answer)
    expect(stage.redis.asked.includes('read')).toBe(!strictPrimary)
  })

  test('tags that the reader does not know are read along by a second look', async () => {
    const a = await stage.instance()
    const b = await stage.instance()
    await a.cache.getOrSet('k', () => entry('v', { tags: ['from the value'] }))
    await settled()
    stage.redis.asked.length = 0
    expect(await b.cache.get('k')).toBe('v')
    expect(stage.redis.asked).toEqual(['read', 'read'])
    await a.cache.invalidateTags(['from the value'])
    expect(await b.cache.get('k')).toBeUndefined()
    expect(await a.cache.get('k')).toBeUndefined()
  })

  test('all reads of one tick are one round trip, and a key is asked for once', async () => {
    const { cache } = await stage.instance()
    await cache.setMany(Array.from({ length: 300 }, (_, i) => [`k${i}`, i]))
    const { cache: other } = await stage.instance()
    stage.redis.asked.length = 0
    const reads = Array.from({ length: 600 }, (_, i) => other.get(`k${i % 300}`))
    expect(await Promise.all(reads)).toEqual(Array.from({ length: 600 }, (_, i) => i % 300))
    expect(stage.redis.asked).toEqual(['read', 'read']) // 256 keys, then the rest
  })
})
