import { ConfigError, type Duration, bytes, milliseconds } from '@tiercel/core'
import type { FreshnessRules } from './freshness.ts'
import type { KeyRules } from './key.ts'
import type { RouteChanges, RouteOptions } from './options.ts'
import type { StaleWindows } from './stale.ts'
import type { StorageRules } from './storability.ts'

/** What holds for a route, checked; durations in milliseconds. */
export interface RouteSettings<Source>
  extends KeyRules<Source>, StorageRules, FreshnessRules, StaleWindows {
  readonly tags: NonNullable<RouteOptions<Source>['tags']>
  readonly hosts: ReadonlySet<string> | undefined
  readonly authorization: boolean
  readonly validate: number
  readonly skip: ((source: Source) => boolean) | undefined
  readonly bypass: boolean | ((source: Source) => boolean)
  readonly rollout: number | ((source: Source) => boolean)
}

const STATUSES = [200, 203, 204, 300, 301, 308]
const GROUPS = {
  route: ['name', 'ttl', 'staleWhileRevalidate', 'staleIfError', 'tags', 'key', 'store', 'when'],
  key: ['query', 'headers', 'user', 'hosts'],
  store: ['authorization', 'setCookie', 'maxBodyBytes', 'statuses', 'heuristic', 'validate'],
  when: ['skip', 'bypass', 'rollout'],
} as const

/** @throws {ConfigError} naming the option that is unknown or not what it has to be */
export function resolveRoute<Source>(options: RouteOptions<Source>): RouteSettings<Source> {
  knownOnly('route', options)
  const { key = {}, store = {}, when = {}, tags = [] } = options
  knownOnly('key', key)
  knownOnly('store', store)
  knownOnly('when', when)
  return Object.freeze({
    ttl: finite('ttl', options.ttl ?? 0),
    whileRevalidate: finite('staleWhileRevalidate', options.staleWhileRevalidate ?? 0),
    ifError: finite('staleIfError', options.staleIfError ?? 0),
    tags: typeof tags === 'function' ? tags : Object.freeze([...namesOf('tags', tags)]),
    query: queryOf(key.query ?? 'all'),
    headers: namesOf('key.headers', key.headers ?? []).map((name) => name.toLowerCase()),
    user: functionOf('key.user', key.user),
    hosts:
      key.hosts === undefined
        ? undefined
        : new Set(namesOf('key.hosts', key.hosts).map((host) => host.toLowerCase())),
    authorization: isTrue('store.authorization', store.authorization ?? false),
    setCookie: oneOf('store.setCookie', store.setCookie ?? 'refuse', ['refuse', 'remove', 'keep']),
    maxBodyBytes: bytes('store.maxBodyBytes', store.maxBodyBytes ?? '1mb'),
    statuses: new Set(store.statuses ?? STATUSES),
    heuristic: fraction('store.heuristic', store.heuristic ?? 0),
    validate: finite('store.validate', store.validate ?? 0),
    skip: functionOf('when.skip', when.skip),
    bypass:
      typeof when.bypass === 'function' ? when.bypass : isTrue('when.bypass', when.bypass ?? false),
    rollout:
      typeof when.rollout === 'function'
        ? when.rollout
        : fraction('when.rollout', when.rollout ?? 1),
  })
}

/** `options` over `defaults`, group by group; what is given as `undefined` counts as absent. */
export function mergedRoute<Source>(
  defaults: RouteOptions<Source>,
  options: RouteOptions<Source>,
): RouteOptions<Source> {
  const merged: Record<string, unknown> = { ...defaults, ...defined(options) }
  for (const group of ['key', 'store', 'when'] as const) {
    merged[group] = { ...defaults[group], ...defined(options[group] ?? {}) }
  }
  return merged
}

/** `changes` over `options`, group by group; what is `undefined` is gone. */
export function changed<Source>(
  options: RouteOptions<Source>,
  changes: RouteChanges<Source>,
): RouteOptions<Source> {
  knownOnly('route', changes)
  const all: Record<string, unknown> = { ...options, ...changes }
  for (const group of ['key', 'store', 'when'] as const) {
    if (options[group] === undefined && changes[group] === undefined) continue
    knownOnly(group, changes[group] ?? {})
    all[group] = defined({ ...options[group], ...changes[group] })
  }
  return defined(all)
}

function defined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function knownOnly(group: keyof typeof GROUPS, options: object): void {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigError(`${group}: options must be an object (got ${String(options)})`)
  }
  const known: readonly string[] = GROUPS[group]
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new ConfigError(`${group}: unknown option "${unknown}"; known are ${known.join(', ')}`)
  }
}

function queryOf(query: unknown): 'all' | 'none' | ReadonlySet<string> {
  if (query === 'all' || query === 'none') return query
  return new Set(namesOf("key.query ('all', 'none', or names)", query))
}

function namesOf(option: string, names: unknown): readonly string[] {
  const isRight =
    Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')
  if (!isRight)
    throw new ConfigError(`${option} must be an array of strings (got ${String(names)})`)
  return names as readonly string[]
}

function functionOf<F>(option: string, value: F | undefined): F | undefined {
  if (value === undefined || typeof value === 'function') return value
  throw new ConfigError(`${option} must be a function (got ${String(value)})`)
}

function isTrue(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new ConfigError(`${option} must be true or false (got ${String(value)})`)
}

function oneOf<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value
  throw new ConfigError(`${option} must be one of ${allowed.join(', ')} (got ${value})`)
}

function fraction(option: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw new ConfigError(`${option} must be between 0 and 1 (got ${String(value)})`)
}

function finite(option: string, value: Duration): number {
  const ms = milliseconds(option, value)
  if (ms === Infinity) throw new ConfigError(`${option} must be finite (got Infinity)`)
  return ms
}
