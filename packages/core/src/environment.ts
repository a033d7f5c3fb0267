import { bytes, milliseconds, shown } from './duration.ts'
import { ConfigError } from './errors.ts'
import type { CacheOptions } from './options.ts'

type Variables = Readonly<Record<string, string | undefined>>
type Group = 'l1' | 'l2' | 'loads' | 'coherence' | 'defaults'
type Parse = (variable: string, text: string) => unknown

/** What each variable sets. A duration or size is a number, or one with its unit, as in the options. */
const VARIABLES: readonly (readonly [variable: string, Group, option: string, Parse])[] = [
  ['CACHE_TTL', 'defaults', 'ttl', duration],
  ['CACHE_MAX_TTL', 'defaults', 'maxTtl', duration],
  ['CACHE_JITTER', 'defaults', 'jitter', number],
  ['CACHE_STALE_WHILE_REVALIDATE', 'defaults', 'staleWhileRevalidate', duration],
  ['CACHE_GRACE', 'defaults', 'grace', duration],
  ['CACHE_NEGATIVE_TTL', 'defaults', 'negativeTtl', duration],
  ['CACHE_SOFT_TIMEOUT', 'defaults', 'softTimeout', duration],
  ['CACHE_HARD_TIMEOUT', 'defaults', 'hardTimeout', duration],
  ['CACHE_L1_MAX_ENTRIES', 'l1', 'maxEntries', number],
  ['CACHE_L1_MAX_BYTES', 'l1', 'maxBytes', size],
  ['CACHE_L1_TTL', 'l1', 'ttl', duration],
  ['CACHE_L1_ISOLATION', 'l1', 'isolation', text],
  ['CACHE_L2_TIMEOUT', 'l2', 'timeout', duration],
  ['CACHE_L2_MAX_VALUE_BYTES', 'l2', 'maxValueBytes', size],
  ['CACHE_MAX_CONCURRENT_LOADS', 'loads', 'maxConcurrent', number],
  ['CACHE_MAX_STALENESS', 'coherence', 'maxStaleness', duration],
  ['CACHE_BEAT', 'coherence', 'beat', duration],
  ['CACHE_SHARDS', 'coherence', 'shards', number],
]

/**
 * Options from the environment: `CACHE_NAMESPACE`, `CACHE_ENVIRONMENT`; `REDIS_URL`, or `REDIS_HOST` with `REDIS_PORT`,
 * `REDIS_USERNAME`, `REDIS_PASSWORD`, `REDIS_DB` and `REDIS_TLS`; and a `CACHE_…` variable for most
 * options (see the README). An empty variable counts as absent.
 *
 * @throws {ConfigError} naming the variable that is missing or not what it has to be
 */
export function optionsFromEnvironment(variables: Variables = process.env): CacheOptions {
  const namespace = read(variables, 'CACHE_NAMESPACE')
  if (namespace === undefined) {
    throw new ConfigError(
      'CACHE_NAMESPACE is not set; instances that share values need the same one',
    )
  }
  const groups: Partial<Record<Group, Record<string, unknown>>> = {}
  for (const [variable, group, option, parse] of VARIABLES) {
    const value = read(variables, variable)
    if (value !== undefined) (groups[group] ??= {})[option] = parse(variable, value)
  }
  const redis = redisFrom(variables)
  const environment = read(variables, 'CACHE_ENVIRONMENT')
  return {
    namespace,
    ...(environment === undefined ? {} : { environment }),
    ...(redis === undefined ? {} : { redis }),
    ...groups,
  }
}

function redisFrom(variables: Variables): CacheOptions['redis'] {
  const url = read(variables, 'REDIS_URL')
  const host = read(variables, 'REDIS_HOST')
  if (url !== undefined) {
    if (host !== undefined) throw new ConfigError('REDIS_URL and REDIS_HOST are both set; set one')
    if (!/^rediss?:\/\//.test(url)) {
      throw new ConfigError('REDIS_URL must begin with redis:// or rediss://') // it may hold a password
    }
    return url
  }
  if (host === undefined) return undefined
  const username = read(variables, 'REDIS_USERNAME')
  const password = read(variables, 'REDIS_PASSWORD')
  const isTls = flag('REDIS_TLS', read(variables, 'REDIS_TLS') ?? 'false')
  return {
    host,
    port: number('REDIS_PORT', read(variables, 'REDIS_PORT') ?? '6379'),
    db: number('REDIS_DB', read(variables, 'REDIS_DB') ?? '0'),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isTls ? { tls: {} } : {}),
  }
}

function read(variables: Variables, name: string): string | undefined {
  const value = variables[name]?.trim()
  return value === '' ? undefined : value
}

function duration(variable: string, value: string): number {
  return milliseconds(variable, (/^\d+$/.test(value) ? Number(value) : value) as never)
}

function size(variable: string, value: string): number {
  return bytes(variable, (/^\d+$/.test(value) ? Number(value) : value) as never)
}

function number(variable: string, value: string): number {
  const parsed = Number(value)
  if (!Number.isFinite(parsed)) {
    throw new ConfigError(`${variable} must be a number (got ${shown(value)})`)
  }
  return parsed
}

function flag(variable: string, value: string): boolean {
  if (/^(true|1|yes)$/i.test(value)) return true
  if (/^(false|0|no)$/i.test(value)) return false
  throw new ConfigError(`${variable} must be true or false (got ${shown(value)})`)
}

function text(_variable: string, value: string): string {
  return value
}
