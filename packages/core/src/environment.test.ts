import { expect, test } from 'vitest'
import { optionsFromEnvironment } from './environment.ts'
import { ConfigError } from './errors.ts'

test('every variable reaches its option', () => {
  const options = optionsFromEnvironment({
    CACHE_NAMESPACE: 'prod:shop',
    CACHE_ENVIRONMENT: 'eu',
    REDIS_HOST: 'redis.internal',
    REDIS_PORT: '6380',
    REDIS_USERNAME: 'shop',
    REDIS_PASSWORD: 'secret',
    REDIS_DB: '2',
    REDIS_TLS: 'true',
    CACHE_TTL: '5m',
    CACHE_GRACE: '3600000',
    CACHE_JITTER: '0.2',
    CACHE_L1_MAX_ENTRIES: '5000',
    CACHE_L1_MAX_BYTES: '64mb',
    CACHE_L1_ISOLATION: 'clone',
    CACHE_L2_TIMEOUT: '100ms',
    CACHE_MAX_STALENESS: '2s',
  })
  expect(options).toEqual({
    namespace: 'prod:shop',
    environment: 'eu',
    redis: {
      host: 'redis.internal',
      port: 6380,
      username: 'shop',
      password: 'secret',
      db: 2,
      tls: {},
    },
    defaults: { ttl: 300_000, grace: 3_600_000, jitter: 0.2 },
    l1: { maxEntries: 5000, maxBytes: 67_108_864, isolation: 'clone' },
    l2: { timeout: 100 },
    coherence: { maxStaleness: 2000 },
  })
})

test('a URL is passed on as it is, and an empty variable counts as absent', () => {
  expect(
    optionsFromEnvironment({
      CACHE_NAMESPACE: 'shop',
      REDIS_URL: 'rediss://user:pw@host:6380/1',
      REDIS_HOST: '',
      CACHE_TTL: ' ',
    }),
  ).toEqual({ namespace: 'shop', redis: 'rediss://user:pw@host:6380/1' })
})

test.each([
  [{}, 'CACHE_NAMESPACE'],
  [{ CACHE_TTL: 'soon' }, 'CACHE_TTL'],
  [{ CACHE_L1_MAX_BYTES: '-1' }, 'CACHE_L1_MAX_BYTES'],
  [{ CACHE_L1_MAX_ENTRIES: 'many' }, 'CACHE_L1_MAX_ENTRIES'],
  [{ REDIS_HOST: 'h', REDIS_PORT: 'http' }, 'REDIS_PORT'],
  [{ REDIS_HOST: 'h', REDIS_TLS: 'maybe' }, 'REDIS_TLS'],
  [{ REDIS_URL: 'http://h' }, 'REDIS_URL'],
  [{ REDIS_URL: 'redis://h', REDIS_HOST: 'h' }, 'REDIS_HOST'],
])('a variable that is not what it has to be is named: %j', (variables, name) => {
  const complete =
    name === 'CACHE_NAMESPACE' ? variables : { CACHE_NAMESPACE: 'shop', ...variables }
  expect(() => optionsFromEnvironment(complete)).toThrow(ConfigError)
  expect(() => optionsFromEnvironment(complete)).toThrow(name)
})

test('a URL that is refused is not repeated in the error, since it may hold a password', () => {
  const variables = { CACHE_NAMESPACE: 'shop', REDIS_URL: 'http://user:hunter2@host' }
  expect(() => optionsFromEnvironment(variables)).not.toThrow('hunter2')
})
