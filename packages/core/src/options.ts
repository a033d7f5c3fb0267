import { type Codec, msgpack } from '@tiercel/serializers'
import type { Duration, Size } from './duration.ts'
import type { RedisOption } from './redis/client.ts'
import type { TagDependency } from './invalidate/tag-dependencies.ts'

/** How long values live, and what a read may do when one is not fresh. */
export interface LifeOptions {
  /** How long a value is fresh. 0: it is not stored. @default '5m' */
  readonly ttl?: Duration
  /** How long after its ttl a value is still served at once, while it is loaded anew. @default 0 */
  readonly staleWhileRevalidate?: Duration
  /** How long after its ttl a value is served if the loader fails, or is late. @default 0 */
  readonly grace?: Duration
  /** How long "there is none" (a loader's `undefined`) is remembered; 0: not at all. @default 0 */
  readonly negativeTtl?: Duration
  /** After this a value in its grace is served instead of waiting on. @default Infinity */
  readonly softTimeout?: Duration
  /** After this a load is given up. @default '30s' */
  readonly hardTimeout?: Duration
  /**
   * A value with a ttl of 10 s or more may be loaded anew behind a reader before it ends, at an instant
   * drawn by XFetch: the earlier, the longer its load took, times this factor; in the last tenth of its
   * ttl at most. `true` is 1, `false` is never. @default 1
   */
  readonly earlyRefresh?: boolean | number
  /**
   * Reads prolong the life of a stored value to its ttl again, at most once in each `window` of it:
   * `true` is a tenth of the ttl, and half of it is the longest. It ends with the first ttl without a
   * read, or when it is invalidated; it is not loaded anew. Counters do not. @default false
   */
  readonly sliding?: boolean | { readonly window: Duration }
}

/** The cache's own values for `LifeOptions`, and the two that no call can change. */
export interface DefaultsOptions extends LifeOptions {
  /** Longest ttl, negativeTtl, staleWhileRevalidate and grace; longer ones are cut to it. @default '24h' */
  readonly maxTtl?: Duration
  /** Part of each ttl that is taken off at random, 0 to 1, so that entries do not end together. @default 0.1 */
  readonly jitter?: number
}

/** The tier in this process. */
export interface L1Options {
  /** Most entries; the least recently used one makes room. @default 10_000 */
  readonly maxEntries?: number
  /** Bytes of the serialized values, with their keys. @default Infinity */
  readonly maxBytes?: Size
  /** Longest time that a value is served from this tier without asking the next. @default Infinity */
  readonly ttl?: Duration
  /**
   * What keeps callers from changing a cached value: plain objects and arrays are frozen once when
   * they are stored, or every answer is a clone, or nothing does. @default 'freeze'
   */
  readonly isolation?: 'freeze' | 'clone' | 'share'
}

/** The tier in Redis. */
export interface L2Options {
  /** Bound on the wait for any answer of Redis. @default '250ms' */
  readonly timeout?: Duration
  /** How values become bytes. @default msgpack() */
  readonly codec?: Codec
  /** Values that serialize to more are kept in L1 alone, and reported. @default '8mb' */
  readonly maxValueBytes?: Size
  /** How long one instance has the right to load a key before another may. @default '5s' */
  readonly leaseTtl?: Duration
  /** How long an instance waits for the one that loads, before it loads itself. @default '1s' */
  readonly leaseWait?: Duration
}

/** How many loaders run at once in this process. */
export interface LoadsOptions {
  /** Most loaders that run at once; a bulk load is one, and a loader's own reads need no more. @default 256 */
  readonly maxConcurrent?: number
  /** Most loads that wait for their turn; one more fails with a `LoadQueueError`, or is answered from its grace. @default 10_000 */
  readonly queue?: number
  /** How long a load waits for its turn, before it fails in the same way. @default '5s' */
  readonly queueTimeout?: Duration
}

/** How far the instances may be apart. */
export interface CoherenceOptions {
  /** Bound on the staleness of any answer, whatever fails. @default '5s' */
  readonly maxStaleness?: Duration
  /** How often an instance asks what it may have missed; below half of `maxStaleness`. @default '1s' */
  readonly beat?: Duration
  /** Slots that the keys are spread over. All instances must agree. @default 1, on a Cluster 16 */
  readonly shards?: number
  /** Own invalidations of this last while are sent again when Redis may have lost them. @default '10s' */
  readonly healWindow?: Duration
  /**
   * What to do when a server takes over that lacks more than the heal window: `'clear'` everything, or
   * `'ignore'` it, which leaves what was invalidated meanwhile until its ttl. @default 'clear'
   */
  readonly onDataLoss?: 'clear' | 'ignore'
  /**
   * How a fail-over is noticed: by the server's `'replication'` id, or, for a Redis user who may not run
   * INFO, by `'none'`: every reconnect counts as one. Not on a Cluster. @default 'replication'
   */
  readonly serverIdentity?: 'replication' | 'none'
  /**
   * Read L2 only while the beat is answered. With `min-replicas-to-write` on the server, a primary that
   * was cut off from its replicas answers none, and nothing of it is used for longer than
   * `maxStaleness` after it noticed. @default false
   */
  readonly strictPrimary?: boolean
  /**
   * Wait until so many replicas have an invalidation: its receipt is then `'replicated'`. One connection
   * more, and the time of the replication for each change. Not on a Cluster. @default undefined
   */
  readonly durability?: DurabilityOptions | undefined
  /** How long invalidations gather before they are sent, at most 1 s; 0: while others are on their way. @default 0 */
  readonly batchWindow?: Duration
}

/** How many copies an invalidation is to have. */
export interface DurabilityOptions {
  /** Replicas that have to acknowledge it. */
  readonly replicas: number
  /** Longest wait for them; beyond it the receipt is `'everywhere'`. @default '100ms' */
  readonly timeout?: Duration
}

export interface CacheOptions {
  /** Prefix of all keys and channels: instances with the same one share their values. */
  readonly namespace: string
  /** Goes before the namespace, so that one Redis can serve `staging` and `prod`. */
  readonly environment?: string
  /** URL, ioredis options, or an ioredis client of your own (never closed here). Absent: L1 alone. */
  readonly redis?: RedisOption | undefined
  /** `false`: every read goes to Redis. */
  readonly l1?: L1Options | false
  readonly l2?: L2Options
  readonly loads?: LoadsOptions
  readonly coherence?: CoherenceOptions
  readonly defaults?: DefaultsOptions
  /** What hangs on a tag, and is invalidated with it. All instances should have the same. */
  readonly tagDependencies?: Readonly<Record<string, readonly TagDependency[]>>
}

/** What holds where an option is absent. */
export const DEFAULTS: {
  readonly l1: Required<L1Options>
  readonly l2: Required<Omit<L2Options, 'codec'>> & { readonly codec: () => Codec }
  readonly loads: Required<LoadsOptions>
  /** `shards` 0: as many as suit the kind of server. */
  readonly coherence: Required<Omit<CoherenceOptions, 'durability'>> & {
    readonly durability: DurabilityOptions | undefined
  }
  readonly durability: { readonly timeout: Duration }
  readonly defaults: Required<DefaultsOptions>
} = Object.freeze({
  l1: { maxEntries: 10_000, maxBytes: Infinity, ttl: Infinity, isolation: 'freeze' },
  l2: { timeout: '250ms', codec: msgpack, maxValueBytes: '8mb', leaseTtl: '5s', leaseWait: '1s' },
  loads: { maxConcurrent: 256, queue: 10_000, queueTimeout: '5s' },
  coherence: {
    maxStaleness: '5s',
    beat: '1s',
    shards: 0,
    healWindow: '10s',
    onDataLoss: 'clear',
    serverIdentity: 'replication',
    strictPrimary: false,
    durability: undefined,
    batchWindow: 0,
  },
  durability: { timeout: '100ms' },
  defaults: {
    ttl: '5m',
    staleWhileRevalidate: 0,
    grace: 0,
    negativeTtl: 0,
    softTimeout: Infinity,
    hardTimeout: '30s',
    earlyRefresh: 1,
    sliding: false,
    maxTtl: '24h',
    jitter: 0.1,
  },
})
