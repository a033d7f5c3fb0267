import { setTimeout as sleep } from 'node:timers/promises'
import { type DevRedis, type Proxy, startProxy, startRedis } from '@tiercel/dev-redis'
import type { Instance, Peer, Setup } from './peer.ts'

/** How long closing may take; a peer that waits for a Redis that is gone is left behind. */
const CLOSE_MS = 1_000

export interface LabOptions {
  readonly rounds: number
  /** Of the values where staleness is measured: longer than what any peer promises. */
  readonly ttlMs: number
  /** How long Redis is frozen; a call that outlasts it has waited for it. */
  readonly pauseMs: number
  readonly say: (line: string) => void
}

/** Starts a Redis for one scenario of one peer, and opens instances on it. */
export class Lab {
  readonly rounds: number
  readonly ttlMs: number
  readonly pauseMs: number
  readonly say: (line: string) => void

  constructor({ rounds, ttlMs, pauseMs, say }: LabOptions) {
    this.rounds = rounds
    this.ttlMs = ttlMs
    this.pauseMs = pauseMs
    this.say = say
  }

  async bench(peer: Peer): Promise<Bench> {
    const redis = await startRedis({ args: ['--save', ''], log: this.say })
    if (redis.external) throw new Error('peers: needs a Redis that it may pause; unset REDIS_URL')
    return new Bench(peer, redis, this.ttlMs)
  }
}

/** One peer on a Redis of its own. Every instance has its own connections, through its own proxy. */
export class Bench implements AsyncDisposable {
  readonly redis: DevRedis
  readonly #peer: Peer
  readonly #ttlMs: number
  readonly #instances: Instance[] = []
  readonly #proxies: Proxy[] = []

  constructor(peer: Peer, redis: DevRedis, ttlMs: number) {
    this.#peer = peer
    this.redis = redis
    this.#ttlMs = ttlMs
  }

  async open(setup: Partial<Setup> = {}): Promise<Instance> {
    const instance = await this.#peer.open({
      url: this.redis.url,
      namespace: 'peers',
      ttlMs: this.#ttlMs,
      ...setup,
    })
    this.#instances.push(instance)
    // Subscriptions that nobody can wait for are there by now, and all have connected.
    await instance.getOrSet('warm-up', () => 1)
    await sleep(300)
    return instance
  }

  async openBehindProxy(): Promise<{ readonly instance: Instance; readonly proxy: Proxy }> {
    const proxy = await startProxy({ target: this.redis })
    this.#proxies.push(proxy)
    return { instance: await this.open({ url: proxy.url }), proxy }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const instance of this.#instances)
      await Promise.race([instance.close().catch(() => {}), sleep(CLOSE_MS)])
    for (const proxy of this.#proxies) await proxy.stop()
    await this.redis.stop()
  }
}
