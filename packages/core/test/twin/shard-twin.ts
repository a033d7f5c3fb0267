import type { ShardKeys } from '../../src/redis/keys.ts'
import type {
  Acquired,
  Change,
  CountRequest,
  Counted,
  ExtendRequest,
  FillRequest,
  Filled,
  L2,
  L2Read,
  Meta,
  Replay,
  SwapRequest,
  Swapped,
} from '../../src/tiers.ts'
import type { Keyspace } from './keyspace.ts'
import type { RedisTwin } from './redis-twin.ts'
import { acquire } from './scripts/acquire.ts'
import { change } from './scripts/change.ts'
import { count } from './scripts/count.ts'
import { extend } from './scripts/extend.ts'
import { fill } from './scripts/fill.ts'
import { hello } from './scripts/hello.ts'
import { read } from './scripts/read.ts'
import { release } from './scripts/release.ts'
import { replay } from './scripts/replay.ts'
import { swap } from './scripts/swap.ts'

/** The meta string, taken apart. */
export interface TwinMeta extends Meta {
  readonly server: string
}

export interface LogItem {
  readonly seq: number
  readonly payload: string
}

/** The log. It knows the last number that it was given, also when it is empty. */
export interface TwinLog {
  readonly last: number
  readonly items: readonly LogItem[]
}

/** What is being mutated: each member, a token and a name, with the instant at which it is given up. */
export type TwinIntents = ReadonlyMap<string, number>

interface ShardPlan {
  readonly logLength: number
  readonly publish: (message: string) => void
  readonly onChange: (change: Change) => void
}

/** The operations of an `L2`, each answered at once. */
type AtOnce<T extends { [K in keyof T]: (...args: never[]) => Promise<unknown> }> = {
  [K in keyof T]: (...args: Parameters<T[K]>) => Awaited<ReturnType<T[K]>>
}

/** One shard of a twin: what is stored under its names, and the operations on it. */
export class ShardTwin implements AtOnce<Omit<L2, 'replicated'>> {
  readonly redis: RedisTwin
  readonly keyspace: Keyspace
  readonly keys: ShardKeys
  readonly plan: ShardPlan

  constructor(redis: RedisTwin, keys: ShardKeys, plan: ShardPlan) {
    this.redis = redis
    this.keyspace = redis.keyspace
    this.keys = keys
    this.plan = plan
  }

  /** The whole name of what is `m`, `log` or `e:key` within the shard. */
  nameOf(part: string): string {
    return this.keys.meta.slice(0, -1) + part
  }

  get meta(): TwinMeta | undefined {
    return this.keyspace.get(this.keys.meta)
  }

  entry(key: string): Buffer | undefined {
    return this.keyspace.get(this.keys.entry(key))
  }

  fence(key: string): string | undefined {
    return this.keyspace.get(this.keys.fence(key))
  }

  lease(key: string): string | undefined {
    return this.keyspace.get(this.keys.lease(key))
  }

  record(tag: string): number | undefined {
    return this.keyspace.get(this.keys.tag(tag))
  }

  get log(): TwinLog | undefined {
    return this.keyspace.get(this.keys.log)
  }

  /** `XTRIM … MAXLEN` */
  trimLog(length: number): void {
    const { log } = this
    if (log === undefined) return
    const items = length === 0 ? [] : log.items.slice(-length)
    this.keyspace.setKeepingTtl(this.keys.log, { ...log, items })
  }

  hello(): { meta: Meta; time: number } {
    return hello(this)
  }

  read(keys: readonly string[], tags: readonly string[]): L2Read {
    return read(this, keys, tags)
  }

  acquire(keys: readonly string[], fenceTtl: number, leaseTtl: number): Acquired {
    return acquire(this, keys, fenceTtl, leaseTtl)
  }

  fill(request: FillRequest): Filled {
    return fill(this, request)
  }

  extend(request: ExtendRequest): number {
    return extend(this, request)
  }

  release(key: string, token: string): void {
    release(this, key, token)
  }

  change(asked: Change, payload: string): Meta {
    return change(this, asked, payload)
  }

  swap(request: SwapRequest, payload: string): Swapped {
    return swap(this, request, payload)
  }

  count(request: CountRequest, payload: string): Counted {
    return count(this, request, payload)
  }

  replay(line: string, inc: string, from: number, max: number): Replay {
    return replay(this, line, inc, from, max)
  }
}
