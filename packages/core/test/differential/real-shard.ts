import type { Redis } from 'ioredis'
import type { Connection } from '../../src/redis/connect.ts'
import { ShardKeys } from '../../src/redis/keys.ts'
import { RedisL2 } from '../../src/redis/redis-l2.ts'
import { META_BYTES } from '../../src/redis/scripts/script.ts'
import type { L2 } from '../../src/tiers.ts'
import type { TwinIntents, TwinLog, TwinMeta } from '../twin/shard-twin.ts'
import type { Outside, State, StoredValue } from './state.ts'

/** In one step, so that nothing expires between its parts. */
const DUMP = `
local found = {}
for _, name in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
  local kind = redis.call('TYPE', name).ok
  local value = kind == 'stream' and { redis.call('XINFO', 'STREAM', name), redis.call('XRANGE', name, '-', '+') }
    or kind == 'zset' and redis.call('ZRANGE', name, 0, -1, 'WITHSCORES')
    or redis.call('GET', name)
  found[#found + 1] = { string.sub(name, #ARGV[1] + 1), redis.call('PEXPIRETIME', name), value }
end
return { redis.call('TIME'), found }
`

type Log = readonly [
  info: readonly (Buffer | number)[],
  entries: readonly (readonly [id: Buffer, fields: readonly Buffer[]])[],
]
/** Members and scores by turns. */
type Intents = readonly Buffer[]
type Dump = readonly [
  time: readonly Buffer[],
  found: readonly (readonly [part: Buffer, end: number, value: Buffer | Log | Intents])[],
]

/** One shard on a real server, by the product's own L2. */
export class RealShard implements Outside {
  readonly l2: L2
  readonly channel: string
  readonly #redis: Redis
  readonly #prefix: string
  /** Whether the server is ours: may be emptied, and told to be another. */
  readonly #isOurs: boolean
  #snapshot: readonly (readonly [name: string, end: number, dump: Buffer])[] | undefined

  constructor(redis: Redis, connection: Connection, namespace: string, isOurs: boolean) {
    const keys = new ShardKeys(namespace, 1, 0)
    this.l2 = new RedisL2(connection, keys)
    this.channel = keys.channel
    this.#redis = redis
    this.#prefix = keys.meta.slice(0, -1)
    this.#isOurs = isOurs
  }

  /** The server's clock, in microseconds. */
  async time(): Promise<number> {
    return microseconds(await this.#redis.time())
  }

  async state(): Promise<State> {
    const [time, found] = (await this.#redis.callBuffer('EVAL', DUMP, 0, this.#prefix)) as Dump
    return {
      at: microseconds(time),
      values: new Map(found.map(([part, , value]) => [String(part), decode(String(part), value)])),
      ends: new Map(found.map(([part, end]) => [String(part), end === -1 ? Infinity : end])),
    }
  }

  lose(part: string): Promise<unknown> {
    return this.#redis.del(this.#prefix + part)
  }

  async flush(): Promise<void> {
    if (this.#isOurs) await this.#redis.flushall()
    else for (const name of await this.#names()) await this.#redis.del(name)
  }

  limit(part: string, ttl: number): Promise<unknown> {
    return this.#redis.pexpire(this.#prefix + part, ttl)
  }

  spoil(part: string, bytes: Buffer): Promise<unknown> {
    return this.#redis.set(this.#prefix + part, bytes)
  }

  trimLog(length: number): Promise<unknown> {
    return this.#redis.xtrim(`${this.#prefix}log`, 'MAXLEN', '=', length)
  }

  async snapshot(): Promise<void> {
    const names = await this.#names()
    this.#snapshot = await Promise.all(
      names.map(async (name) => {
        const [end, dump] = await Promise.all([
          this.#redis.pexpiretime(name),
          this.#redis.dumpBuffer(name),
        ])
        return [name, end, dump] as const
      }),
    )
  }

  async restore(what: 'all' | 'meta'): Promise<void> {
    if (this.#snapshot === undefined) return
    if (what === 'all') for (const name of await this.#names()) await this.#redis.del(name)
    for (const [name, end, dump] of this.#snapshot) {
      const isMeant = what === 'all' || name === `${this.#prefix}m`
      if (isMeant) await this.#redis.restore(name, Math.max(0, end), dump, 'REPLACE', 'ABSTTL')
    }
  }

  async failOver(): Promise<void> {
    if (this.#isOurs) await this.#redis.call('DEBUG', 'CHANGE-REPL-ID')
  }

  #names(): Promise<string[]> {
    return this.#redis.keys(`${this.#prefix}*`)
  }
}

function microseconds([seconds, rest]: readonly unknown[]): number {
  return Number(String(seconds)) * 1e6 + Number(String(rest))
}

/** As the twin has it. */
function decode(part: string, stored: Buffer | Log | Intents): StoredValue {
  if (part === 'i') return Buffer.isBuffer(stored) ? undefined : decodeIntents(stored as Intents)
  if (!Buffer.isBuffer(stored)) return decodeLog(stored as Log)
  if (part === 'm') return decodeMeta(stored)
  if (part.startsWith('t:')) return stored.readDoubleBE(0)
  return part.startsWith('e:') ? stored : stored.toString('latin1')
}

function decodeMeta(bytes: Buffer): TwinMeta | undefined {
  if (bytes.length !== META_BYTES) return undefined
  return {
    line: bytes.toString('latin1', 0, 16),
    inc: bytes.toString('latin1', 16, 32),
    server: bytes.toString('latin1', 32, 72),
    seq: bytes.readDoubleBE(72),
    tseq: bytes.readDoubleBE(80),
    clr: bytes.readDoubleBE(88),
  }
}

function decodeIntents(flat: Intents): TwinIntents {
  const intents = new Map<string, number>()
  for (let i = 0; i < flat.length; i += 2) intents.set(String(flat[i]), Number(String(flat[i + 1])))
  return intents
}

function decodeLog([info, entries]: Log): TwinLog {
  const last = info[info.findIndex((word) => String(word) === 'last-generated-id') + 1]
  return {
    last: Number.parseInt(String(last), 10),
    items: entries.map(([id, fields]) => ({
      seq: Number.parseInt(String(id), 10),
      payload: String(fields[1]),
    })),
  }
}
