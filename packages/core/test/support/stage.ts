import {
  type DevRedis,
  type Proxy,
  type StartOptions,
  startProxy,
  startRedis,
} from '@tiercel/dev-redis'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type Cache, type CacheOptions, createCache } from '../../src/index.ts'
import { ShardKeys } from '../../src/redis/keys.ts'
import { ALL_SCRIPTS } from './commands.ts'
import { eventually } from './until.ts'

/** False where `REDIS_URL` names a server of others, which can't be killed, paused or emptied. */
export const IS_OURS: boolean = !process.env['REDIS_URL']

/** One instance of the cache, with its own way to Redis. */
export interface Instance {
  readonly cache: Cache
  readonly proxy: Proxy
}

/**
 * Options under which nothing but the protocol's own order can help: no beat comes within a test,
 * trust in L1 does not end by itself, and a held reply does not time out.
 */
const UNAIDED = {
  coherence: { beat: '10m', maxStaleness: '1h' },
  l2: { timeout: '20s', leaseTtl: '60s', leaseWait: '100ms' },
  defaults: { jitter: 0 },
} as const satisfies Partial<CacheOptions>

/** A beat that is short against a test: for what the protocol finds out by asking. */
export const BEATING = {
  coherence: { beat: '100ms', maxStaleness: '1s' },
} as const satisfies Partial<CacheOptions>

/** One Redis for a test file, and the instances of its tests, each in a namespace of its own. */
export class Stage {
  redis!: DevRedis
  /** A connection that no proxy disturbs. */
  admin!: Redis
  readonly #start: StartOptions
  #test = 0
  #instances: Instance[] = []

  constructor(start: StartOptions = {}) {
    this.#start = start
    beforeAll(async () => {
      this.redis = await startRedis(this.#start)
      this.admin = new Redis(this.redis.url)
      this.admin.on('error', () => {}) // it is away when Redis is
      await this.loadScripts()
    })
    afterEach(() => this.#strike())
    afterAll(async () => {
      this.admin.disconnect()
      await this.redis.stop()
    })
  }

  /** The namespace of the running test. */
  get namespace(): string {
    return `${process.pid}-${this.#test}`
  }

  /** Names in Redis of what the running test's instances keep there. */
  get keys(): ShardKeys {
    return new ShardKeys(this.namespace, 1, 0)
  }

  /** So that no script is sent twice, which would change the order of commands. */
  async loadScripts(): Promise<void> {
    for (const lua of ALL_SCRIPTS) await this.admin.script('LOAD', lua)
  }

  /** Two instances that know each other's messages, and trust their L1. */
  async pair(options: Partial<CacheOptions> = {}): Promise<readonly [Instance, Instance]> {
    return Promise.all([this.begin(options), this.begin(options)]).then(async (pair) => {
      await this.allTrusting()
      return pair
    })
  }

  /** One instance more, ready. */
  async instance(options: Partial<CacheOptions> = {}): Promise<Instance> {
    const instance = await this.begin(options)
    await this.allTrusting()
    return instance
  }

  /** One instance more, which may or may not reach Redis. */
  async begin(
    options: Partial<CacheOptions> = {},
    prepare?: (proxy: Proxy) => unknown,
  ): Promise<Instance> {
    const proxy = await startProxy({ target: this.redis })
    await prepare?.(proxy)
    const cache = createCache({
      ...UNAIDED,
      ...options,
      namespace: this.namespace,
      redis: proxy.url,
    })
    const instance = { cache, proxy }
    this.#instances.push(instance)
    return instance
  }

  /** Waits until every instance of the test is subscribed and trusts its L1. */
  async allTrusting(ms?: number): Promise<void> {
    const { channel } = this.keys
    await eventually(
      'all instances to be ready',
      async () => {
        const [, subscribers] = (await this.admin.pubsub('NUMSUB', channel)) as [string, number]
        return (
          subscribers === this.#instances.length &&
          this.#instances.every(
            ({ cache }) =>
              cache.stats().coherence.isConfirmed && cache.stats().l2.state === 'closed',
          )
        )
      },
      { ms },
    )
  }

  /** What must hold after every test: nothing is under way, and `close` leaves no connection. */
  async #strike(): Promise<void> {
    const instances = this.#instances
    this.#instances = []
    this.#test++
    for (const { proxy } of instances) await proxy.heal()
    for (const { cache, proxy } of instances) {
      await eventually('the loads to end', () => cache.stats().loads.underway === 0)
      await cache.close()
      await eventually('the connections to end', () => proxy.connections().size === 0)
      await proxy.stop()
    }
  }
}
