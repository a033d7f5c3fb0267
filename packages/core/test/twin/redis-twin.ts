import { ShardKeys } from '../../src/redis/keys.ts'
import type { Change } from '../../src/tiers.ts'
import { Keyspace } from './keyspace.ts'
import { ShardTwin } from './shard-twin.ts'

/** What a server is, and who is told what it does. */
export interface TwinPlan {
  readonly namespace: string
  readonly shards: number
  /** Messages that the log of a shard keeps. @default 4096 */
  readonly logLength?: number
  /** The server's clock in milliseconds, not rounded. */
  readonly clock: () => number
  readonly publish: (shard: number, message: string) => void
  /** Told of each change when it is made, before it is published. */
  readonly onChange?: (shard: number, change: Change) => void
}

/**
 * One Redis in this process, as the product sees it: what the scripts of `src/redis/scripts` do, over
 * plain maps. `test/differential` compares it with a real one.
 */
export class RedisTwin {
  readonly shards: readonly ShardTwin[]
  readonly keyspace: Keyspace
  /** The replication id: another one after a restart or a promotion. */
  server = 'server-1'
  /** How far its clock was set on, in milliseconds. */
  skew = 0
  readonly #clock: () => number
  #servers = 1
  #nonces = 0

  constructor(plan: TwinPlan) {
    this.#clock = plan.clock
    this.keyspace = new Keyspace(() => this.millis)
    this.shards = Array.from({ length: plan.shards }, (_, index) => {
      const keys = new ShardKeys(plan.namespace, plan.shards, index)
      return new ShardTwin(this, keys, {
        logLength: plan.logLength ?? 4_096,
        publish: (message) => plan.publish(index, message),
        onChange: (change) => plan.onChange?.(index, change),
      })
    })
  }

  /** Milliseconds of its clock, not rounded. */
  get time(): number {
    return this.#clock() + this.skew
  }

  /** What scripts and expiry go by. */
  get millis(): number {
    return Math.floor(this.time)
  }

  /** 16 characters that were never given before. A real one comes from who calls. */
  nonce(): string {
    return String(++this.#nonces).padStart(16, 'n')
  }

  /** Another process, or a replica that was promoted, serves from now on. */
  failOver(): void {
    this.server = `server-${++this.#servers}`
  }
}
