/** How an instance is to be set up; what is not said here is the peer's own recommendation. */
export interface Setup {
  /** Of the Redis, or of a proxy before it. */
  readonly url: string
  readonly namespace: string
  /** Of every value, in both tiers. */
  readonly ttlMs: number
  /** Most values in L1. @default 10_000 */
  readonly l1Entries?: number
  /** A timeout of the Redis client for each command, where the peer lets one give it. @default none */
  readonly commandTimeoutMs?: number
}

export type Load = () => unknown

/** One of several processes that share a cache, as they would be in one. */
export interface Instance {
  getOrSet(key: string, load: Load): Promise<unknown>
  set(key: string, value: unknown): Promise<unknown>
  delete(key: string): Promise<unknown>
  close(): Promise<unknown>
}

/** A cache that is compared. */
export interface Peer {
  /** What `--only` calls it. */
  readonly name: string
  /** Packages whose versions are printed, by their names in `package.json`. */
  readonly packages: readonly string[]
  /** How it was set up, in a line, and where its documentation says so. */
  readonly setup: string
  /** Whether `commandTimeoutMs` can be given to it. */
  readonly takesCommandTimeout: boolean
  /** Whether a call resolves after what it does in Redis. */
  readonly waitsForRedis: boolean
  open(setup: Setup): Promise<Instance>
}
