import { json, msgpack } from '@tiercel/serializers'
import { expect, test } from 'vitest'
import { ConfigError } from './errors.ts'
import type { CacheOptions, LifeOptions } from './options.ts'
import { knownOnly } from './checks.ts'
import { resolveLife, resolveOptions } from './settings.ts'

function resolve(options: object): ReturnType<typeof resolveOptions> {
  return resolveOptions({ namespace: 'test', ...options })
}

test('an option that is absent has its default', () => {
  const { codec, ...settings } = resolve({})
  expect(codec.name).toBe(msgpack().name)
  expect(settings).toEqual({
    namespace: 'test',
    cache: expect.any(String),
    tagDependencies: expect.anything(),
    maxEntries: 10_000,
    maxBytes: Infinity,
    l1Ttl: Infinity,
    isolation: 'freeze',
    timeout: 250,
    maxValueBytes: 8_388_608,
    leaseTtl: 5_000,
    leaseWait: 1_000,
    maxConcurrentLoads: 256,
    loadQueue: 10_000,
    loadQueueTimeout: 5_000,
    maxStaleness: 5_000,
    beat: 1_000,
    shards: 0,
    healWindow: 10_000,
    onDataLoss: 'clear',
    serverIdentity: 'replication',
    strictPrimary: false,
    durability: undefined,
    batchWindow: 0,
    maxTtl: 86_400_000,
    jitter: 0.1,
    life: {
      ttl: 300_000,
      staleWhileRevalidate: 0,
      grace: 0,
      negativeTtl: 0,
      softTimeout: Infinity,
      hardTimeout: 30_000,
      earlyRefresh: 1,
      sliding: 0,
    },
  })
})

test('every option reaches its setting', () => {
  const codec = json()
  expect(
    resolve({
      l1: { maxEntries: 5, maxBytes: '1mb', ttl: '1m', isolation: 'clone' },
      l2: { timeout: '1s', codec, maxValueBytes: '1kb', leaseTtl: '2s', leaseWait: 0 },
      loads: { maxConcurrent: 8, queue: 0, queueTimeout: '2s' },
      coherence: {
        maxStaleness: '10s',
        beat: '2s',
        shards: 4,
        healWindow: '1m',
        onDataLoss: 'ignore',
        serverIdentity: 'none',
        strictPrimary: true,
        durability: { replicas: 2, timeout: '1s' },
        batchWindow: '5ms',
      },
      defaults: {
        ttl: '1h',
        staleWhileRevalidate: '1m',
        grace: '2h',
        negativeTtl: '10s',
        softTimeout: '50ms',
        hardTimeout: Infinity,
        earlyRefresh: 2,
        sliding: { window: '1s' },
        maxTtl: '2d',
        jitter: 0.5,
      },
    }),
  ).toEqual({
    namespace: 'test',
    cache: expect.any(String),
    tagDependencies: expect.anything(),
    maxEntries: 5,
    maxBytes: 1_048_576,
    l1Ttl: 60_000,
    isolation: 'clone',
    timeout: 1_000,
    codec,
    maxValueBytes: 1_024,
    leaseTtl: 2_000,
    leaseWait: 0,
    maxConcurrentLoads: 8,
    loadQueue: 0,
    loadQueueTimeout: 2_000,
    maxStaleness: 10_000,
    beat: 2_000,
    shards: 4,
    healWindow: 60_000,
    onDataLoss: 'ignore',
    serverIdentity: 'none',
    strictPrimary: true,
    durability: { replicas: 2, timeout: 1_000 },
    batchWindow: 5,
    maxTtl: 172_800_000,
    jitter: 0.5,
    life: {
      ttl: 3_600_000,
      staleWhileRevalidate: 60_000,
      grace: 7_200_000,
      negativeTtl: 10_000,
      softTimeout: 50,
      hardTimeout: Infinity,
      earlyRefresh: 2,
      sliding: 1_000,
    },
  })
})

test('what is given as undefined counts as absent', () => {
  expect(
    resolve({
      redis: undefined,
      l1: { maxEntries: undefined, isolation: undefined },
      l2: undefined,
      coherence: { beat: undefined },
      defaults: { ttl: undefined, jitter: undefined },
    }),
  ).toEqual({ ...resolve({}), cache: expect.any(String), codec: expect.anything() })
})

test('settings are frozen, so that no part of the cache can change them for the others', () => {
  const settings = resolve({})
  expect(Object.isFrozen(settings)).toBe(true)
  expect(Object.isFrozen(settings.life)).toBe(true)
})

test('each cache has a codec of its own, since a codec may keep state', () => {
  expect(resolve({}).codec).not.toBe(resolve({}).codec)
})

test('`l1: false` leaves no place for entries', () => {
  expect(resolve({ l1: false }).maxEntries).toBe(0)
})

const DURATION = /must be a duration: .*at most 49 days/
const FINITE = /must be finite/
const SIZE = /must be a size/
const ABOVE_ZERO = /must be above 0/

test.each<[string, object, RegExp, string]>([
  ['namespace', { namespace: undefined }, /1 to 128 letters/, 'undefined'],
  ['namespace', { namespace: '' }, /1 to 128 letters/, '""'],
  ['namespace', { namespace: 'a{b}' }, /1 to 128 letters/, '"a{b}"'],
  ['namespace', { namespace: 'a b' }, /1 to 128 letters/, '"a b"'],
  ['namespace', { namespace: 'a\n' }, /1 to 128 letters/, '"a\\n"'],
  ['namespace', { namespace: 'x'.repeat(129) }, /1 to 128 letters/, '"x'],
  ['namespace', { namespace: 5 }, /1 to 128 letters/, '5'],
  ['redis', { redis: null }, /a URL, ioredis options, a Cluster's nodes or a client/, 'null'],
  ['redis', { redis: '' }, /a URL, ioredis options/, '""'],
  ['redis', { redis: 6379 }, /a URL, ioredis options/, '6379'],
  ['l1', { l1: true }, /must be an object/, 'true'],
  ['l1.maxEntries', { l1: { maxEntries: 0 } }, /whole number from 1 to 16777216/, '0'],
  ['l1.maxEntries', { l1: { maxEntries: 1.5 } }, /whole number from 1/, '1.5'],
  ['l1.maxEntries', { l1: { maxEntries: '10' } }, /whole number from 1/, '"10"'],
  ['l1.maxEntries', { l1: { maxEntries: Infinity } }, /whole number from 1/, 'Infinity'],
  ['l1.maxEntries', { l1: { maxEntries: 2 ** 40 } }, /whole number from 1/, '1099511627776'],
  ['l1.maxBytes', { l1: { maxBytes: 0 } }, SIZE, '0'],
  ['l1.maxBytes', { l1: { maxBytes: 'much' } }, SIZE, '"much"'],
  ['l1.ttl', { l1: { ttl: -1 } }, DURATION, '-1'],
  ['l1.ttl', { l1: { ttl: 0 } }, ABOVE_ZERO, '0'],
  ['l1.isolation', { l1: { isolation: 'copy' } }, /one of freeze, clone, share/, '"copy"'],
  ['l2', { l2: 'redis' }, /must be an object/, '"redis"'],
  ['l2.timeout', { l2: { timeout: 'soon' } }, DURATION, '"soon"'],
  ['l2.timeout', { l2: { timeout: Infinity } }, FINITE, 'Infinity'],
  ['l2.timeout', { l2: { timeout: 0 } }, ABOVE_ZERO, '0'],
  ['l2.codec', { l2: { codec: null } }, /an id from 1 to 255, encode and decode/, 'null'],
  ['l2.codec', { l2: { codec: msgpack } }, /an id from 1 to 255/, '[Function: msgpack]'],
  ['l2.codec', { l2: { codec: { ...json(), id: 256 } } }, /an id from 1 to 255/, 'id: 256'],
  ['l2.maxValueBytes', { l2: { maxValueBytes: -1 } }, SIZE, '-1'],
  ['l2.leaseTtl', { l2: { leaseTtl: 0 } }, ABOVE_ZERO, '0'],
  ['l2.leaseTtl', { l2: { leaseTtl: '1y' } }, DURATION, '"1y"'],
  ['l2.leaseWait', { l2: { leaseWait: Infinity } }, FINITE, 'Infinity'],
  ['coherence.maxStaleness', { coherence: { maxStaleness: Infinity } }, FINITE, 'Infinity'],
  ['coherence.beat', { coherence: { beat: '1' } }, DURATION, '"1"'],
  ['coherence.shards', { coherence: { shards: -1 } }, /whole number from 1 to 16384/, '-1'],
  ['coherence.shards', { coherence: { shards: 16_385 } }, /whole number from 1/, '16385'],
  ['coherence.healWindow', { coherence: { healWindow: NaN } }, DURATION, 'NaN'],
  ['defaults.ttl', { defaults: { ttl: '5min' } }, DURATION, '"5min"'],
  ['defaults.staleWhileRevalidate', { defaults: { staleWhileRevalidate: -5 } }, DURATION, '-5'],
  ['defaults.grace', { defaults: { grace: true } }, DURATION, 'true'],
  ['defaults.negativeTtl', { defaults: { negativeTtl: [] } }, DURATION, '[]'],
  ['defaults.softTimeout', { defaults: { softTimeout: '' } }, DURATION, '""'],
  ['defaults.hardTimeout', { defaults: { hardTimeout: {} } }, DURATION, '{}'],
  ['defaults.earlyRefresh', { defaults: { earlyRefresh: -1 } }, /number from 0/, '-1'],
  ['defaults.sliding.window', { defaults: { sliding: { window: 0 } } }, /above 0/, '0'],
  ['defaults.sliding', { defaults: { sliding: '5m' } }, /must be an object/, '"5m"'],
  ['defaults.maxTtl', { defaults: { maxTtl: Infinity } }, FINITE, 'Infinity'],
  ['defaults.jitter', { defaults: { jitter: 1.1 } }, /between 0 and 1/, '1.1'],
  ['defaults.jitter', { defaults: { jitter: '0.1' } }, /between 0 and 1/, '"0.1"'],
  ['defaults.jitter', { defaults: { jitter: NaN } }, /between 0 and 1/, 'NaN'],
])(
  '%s is refused as in %o, saying what is allowed and what was given',
  (option, given, allowed, value) => {
    const error = thrownBy(() => resolve(given))
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).toMatchObject({ code: 'ERR_CONFIG', name: 'ConfigError' })
    expect(error.message.startsWith(option)).toBe(true)
    expect(error.message).toMatch(allowed)
    expect(error.message).toContain(`(got ${value}`.replace('(got id: 256', 'id: 256'))
  },
)

test.each<[string, object, string]>([
  ['createCache', { ttl: '5m' }, 'ttl'],
  ['l1', { l1: { max: 5 } }, 'max'],
  ['l2', { l2: { serializer: json() } }, 'serializer'],
  ['coherence', { coherence: { bound: 1 } }, 'bound'],
  ['defaults', { defaults: { tags: ['a'] } }, 'tags'],
])('an option that %s does not know is refused, with those it knows', (owner, given, name) => {
  const error = thrownBy(() => resolve(given))
  expect(error).toBeInstanceOf(ConfigError)
  expect(error.message).toMatch(new RegExp(`^${owner}: unknown option "${name}"; known are \\w+, `))
})

test.each([[undefined], [null], ['redis://localhost'], [5]])(
  'options that are %o are refused',
  (options) => {
    expect(() => resolveOptions(options as unknown as CacheOptions)).toThrow(
      /createCache: options must be an object/,
    )
  },
)

test('a beat that is not given follows the bound, so that a short bound alone is valid', () => {
  expect(resolve({ coherence: { maxStaleness: '1s' } }).beat).toBe(400)
  expect(resolve({ coherence: { maxStaleness: '1m' } }).beat).toBe(1_000)
})

test.each([
  [{ maxStaleness: '2s', beat: '1s' }],
  [{ maxStaleness: '1s', beat: '2s' }],
  [{ beat: '3s' }],
  [{ beat: 0 }],
  [{ maxStaleness: 0 }],
])(
  'a bound of two beats or less is refused, since one lost answer would break it: %o',
  (coherence) => {
    expect(() => resolve({ coherence })).toThrow(
      /coherence\.maxStaleness must be more than twice coherence\.beat \(got \d+ ms and \d+ ms\)/,
    )
  },
)

test('options of a call go over those of the cache, one by one', () => {
  const base = resolve({ defaults: { ttl: '1h', grace: '2h' } }).life
  const life = resolveLife(
    'options',
    { ttl: '1m', hardTimeout: undefined } as unknown as LifeOptions,
    base,
  )
  expect(life).toEqual({ ...base, ttl: 60_000 })
  expect(Object.isFrozen(life)).toBe(true)
})

test('only what an object has itself is looked at', () => {
  const inherited = Object.create({ unknown: 1 }) as object
  expect(() => knownOnly('options', inherited, ['ttl'])).not.toThrow()
})

function thrownBy(call: () => unknown): Error {
  try {
    call()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

test('the environment goes before the namespace', () => {
  expect(resolveOptions({ namespace: 'shop' }).namespace).toBe('shop')
  expect(resolveOptions({ namespace: 'shop', environment: 'prod' }).namespace).toBe('prod:shop')
  for (const environment of ['', 'a:b', 'a b', 5]) {
    expect(() => resolveOptions({ namespace: 'shop', environment: environment as string })).toThrow(
      'environment must be letters, digits',
    )
  }
})
