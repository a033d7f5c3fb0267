import { randomUUID } from 'node:crypto'
import type { Codec } from '@tiercel/serializers'
import {
  aboveZero,
  atMost,
  checkCodec,
  checkIsolation,
  factor,
  flag,
  fraction,
  knownOnly,
  oneOf,
  positiveInteger,
} from './checks.ts'
import { type Duration, bytes, finite, milliseconds, shown } from './duration.ts'
import { ConfigError } from './errors.ts'
import { type CacheOptions, DEFAULTS, type DurabilityOptions, type LifeOptions } from './options.ts'
import { TagDependencies } from './invalidate/tag-dependencies.ts'

/** Options after the checks: numbers in milliseconds and bytes. */
export interface Settings {
  /** With the environment before it. */
  readonly namespace: string
  /** Which cache it is: two of one process may have the same namespace. */
  readonly cache: string
  /** The family whose settings these are; absent for keys of no template. */
  readonly family?: string
  readonly tagDependencies: TagDependencies
  readonly maxEntries: number
  readonly maxBytes: number
  readonly l1Ttl: number
  readonly isolation: 'freeze' | 'clone' | 'share'
  readonly timeout: number
  readonly codec: Codec
  readonly maxValueBytes: number
  readonly leaseTtl: number
  readonly leaseWait: number
  readonly maxConcurrentLoads: number
  readonly loadQueue: number
  readonly loadQueueTimeout: number
  readonly maxStaleness: number
  readonly beat: number
  /** 0: by the kind of server. */
  readonly shards: number
  readonly healWindow: number
  readonly onDataLoss: 'clear' | 'ignore'
  readonly serverIdentity: 'replication' | 'none'
  readonly strictPrimary: boolean
  readonly durability: Durability | undefined
  readonly batchWindow: number
  readonly maxTtl: number
  readonly jitter: number
  readonly life: ResolvedLife
}

/** `DurabilityOptions` in milliseconds. */
export interface Durability {
  readonly replicas: number
  readonly timeout: number
}

/** `LifeOptions` in milliseconds; `sliding` is its window, 0 for none and `Infinity` for the usual one. */
export type ResolvedLife = { readonly [K in keyof LifeOptions]-?: number }

const OPTIONS = [
  'namespace',
  'environment',
  'redis',
  'l1',
  'l2',
  'loads',
  'coherence',
  'defaults',
  'tagDependencies',
] as const satisfies readonly (keyof CacheOptions)[]
const LIFE_OPTIONS = [
  'ttl',
  'staleWhileRevalidate',
  'grace',
  'negativeTtl',
  'softTimeout',
  'hardTimeout',
  'earlyRefresh',
  'sliding',
] as const satisfies readonly (keyof LifeOptions)[]
const LONGEST_NAMESPACE = 128
/** L1's tables are made for all entries at once. */
const MOST_ENTRIES = 16_777_216
/** As many as fit into memory, and more than a service survives. */
const MOST_WAITING = 1_000_000
/** Slots of a Cluster: more shards can't be spread any further. */
const MOST_SHARDS = 16_384
/** Nobody waits longer for an invalidation to be sent. */
const LONGEST_WINDOW = 1_000
/** A wait for replicas holds up the invalidations behind it. */
const LONGEST_DURABILITY = 10_000
const MOST_REPLICAS = 100

/** @throws {ConfigError} naming the option, its value and what is allowed. */
export function resolveOptions(options: CacheOptions): Settings {
  knownOnly('createCache', options, OPTIONS)
  checkRedis(options.redis)
  const l1 = group('l1', options.l1 === false ? {} : options.l1, DEFAULTS.l1)
  const l2 = group('l2', options.l2, { ...DEFAULTS.l2, codec: undefined as Codec | undefined })
  const loads = group('loads', options.loads, DEFAULTS.loads)
  const coherence = group('coherence', options.coherence, DEFAULTS.coherence)
  const { maxTtl, jitter, ...life } = group('defaults', options.defaults, DEFAULTS.defaults)
  const maxStaleness = finite('coherence.maxStaleness', coherence.maxStaleness)
  const beat = finite('coherence.beat', coherence.beat)
  const settings: Settings = {
    namespace: namespaceOf(options),
    cache: randomUUID(),
    tagDependencies: new TagDependencies(options.tagDependencies),
    maxEntries:
      options.l1 === false ? 0 : positiveInteger('l1.maxEntries', l1.maxEntries, MOST_ENTRIES),
    maxBytes: bytes('l1.maxBytes', l1.maxBytes),
    l1Ttl: aboveZero('l1.ttl', l1.ttl),
    isolation: checkIsolation('l1.isolation', l1.isolation),
    timeout: finite('l2.timeout', aboveZero('l2.timeout', l2.timeout)),
    codec: l2.codec === undefined ? DEFAULTS.l2.codec() : checkCodec('l2.codec', l2.codec),
    maxValueBytes: bytes('l2.maxValueBytes', l2.maxValueBytes),
    leaseTtl: finite('l2.leaseTtl', aboveZero('l2.leaseTtl', l2.leaseTtl)),
    leaseWait: finite('l2.leaseWait', l2.leaseWait),
    maxConcurrentLoads:
      loads.maxConcurrent === Infinity
        ? Infinity
        : positiveInteger('loads.maxConcurrent', loads.maxConcurrent, MOST_WAITING),
    loadQueue: loads.queue === 0 ? 0 : positiveInteger('loads.queue', loads.queue, MOST_WAITING),
    loadQueueTimeout: finite('loads.queueTimeout', loads.queueTimeout),
    maxStaleness,
    beat: options.coherence?.beat === undefined ? Math.min(beat, maxStaleness * 0.4) : beat,
    shards:
      coherence.shards === 0
        ? 0
        : positiveInteger('coherence.shards', coherence.shards, MOST_SHARDS),
    healWindow: finite('coherence.healWindow', coherence.healWindow),
    onDataLoss: oneOf('coherence.onDataLoss', coherence.onDataLoss, ['clear', 'ignore']),
    serverIdentity: oneOf('coherence.serverIdentity', coherence.serverIdentity, [
      'replication',
      'none',
    ]),
    strictPrimary: flag('coherence.strictPrimary', coherence.strictPrimary),
    durability: resolveDurability(coherence.durability),
    batchWindow: atMost('coherence.batchWindow', coherence.batchWindow, LONGEST_WINDOW),
    maxTtl: finite('defaults.maxTtl', maxTtl),
    jitter: fraction('defaults.jitter', jitter),
    life: resolveLife('defaults', life, undefined),
  }
  if (settings.beat <= 0 || settings.maxStaleness <= 2 * settings.beat) {
    throw new ConfigError(
      `coherence.maxStaleness must be more than twice coherence.beat ` +
        `(got ${settings.maxStaleness} ms and ${settings.beat} ms)`,
    )
  }
  return Object.freeze(settings)
}

/**
 * `options` over `base`, in milliseconds; without a base all of them have to be there.
 *
 * @throws {ConfigError} for an option that is unknown or no duration.
 */
export function resolveLife(
  owner: string,
  options: LifeOptions,
  base: ResolvedLife | undefined,
): ResolvedLife {
  knownOnly(owner, options, LIFE_OPTIONS)
  const resolved: Partial<Record<keyof LifeOptions, number>> = { ...base }
  for (const name of LIFE_OPTIONS) {
    const value = options[name]
    if (value !== undefined) resolved[name] = resolveOne(name, `${owner}.${name}`, value)
  }
  return Object.freeze(resolved as ResolvedLife)
}

function resolveOne(name: keyof LifeOptions, option: string, value: unknown): number {
  if (name === 'earlyRefresh') return factor(option, value)
  if (name !== 'sliding') return milliseconds(option, value as Duration)
  if (typeof value === 'boolean') return value ? Infinity : 0
  knownOnly(option, value as object, ['window'])
  return aboveZero(`${option}.window`, (value as { window: Duration }).window)
}

/** `given` over `defaults`; what is given as `undefined` counts as absent. */
function group<D extends object>(owner: string, given: object | undefined, defaults: D): D {
  knownOnly(owner, given ?? {}, Object.keys(defaults))
  const defined = Object.entries(given ?? {}).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(defined) }
}

function resolveDurability(given: DurabilityOptions | undefined): Durability | undefined {
  if (given === undefined) return undefined
  const owner = 'coherence.durability'
  knownOnly(owner, given, ['replicas', 'timeout'])
  const timeout = given.timeout ?? DEFAULTS.durability.timeout
  return {
    replicas: positiveInteger(`${owner}.replicas`, given.replicas, MOST_REPLICAS),
    timeout: atMost(`${owner}.timeout`, aboveZero(`${owner}.timeout`, timeout), LONGEST_DURABILITY),
  }
}

/** An empty string is refused: from an unset variable, it would be a Redis on this machine. */
function checkRedis(redis: unknown): void {
  if (redis === undefined || (typeof redis === 'object' && redis !== null)) return
  if (typeof redis !== 'string' || redis === '') {
    throw new ConfigError(
      `redis must be a URL, ioredis options, a Cluster's nodes or a client (got ${shown(redis)})`,
    )
  }
}

/** The prefix of all names: the namespace, after the environment if there is one. */
export function namespaceOf({
  namespace,
  environment,
}: Pick<CacheOptions, 'namespace' | 'environment'>): string {
  if (environment === undefined) return checkNamespace(namespace)
  if (typeof environment !== 'string' || !/^[\w.-]+$/.test(environment)) {
    throw new ConfigError(
      `environment must be letters, digits or . _ - (got ${shown(environment)})`,
    )
  }
  return checkNamespace(`${environment}:${checkNamespace(namespace)}`)
}

function checkNamespace(namespace: string): string {
  if (
    typeof namespace !== 'string' ||
    namespace.length > LONGEST_NAMESPACE ||
    !/^[\w.:/-]+$/.test(namespace)
  ) {
    throw new ConfigError(
      `namespace must be 1 to ${LONGEST_NAMESPACE} letters, digits or . : / _ - (got ${shown(namespace)})`,
    )
  }
  return namespace
}
