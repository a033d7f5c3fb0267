import {
  type Acquired,
  type Change,
  type CountRequest,
  type Counted,
  type ExtendRequest,
  type FillRequest,
  type Filled,
  type L2,
  type L2Read,
  type Lease,
  type Meta,
  type Replay,
  type SwapRequest,
  type Swapped,
  type ScanKind,
  type Scanned,
  DELETE,
} from '../tiers.ts'
import type { WriteQueue } from '../write-behind/queue.ts'
import type { Durability } from '../settings.ts'
import { STEPS, describe, hasSet, recordLife } from './change-arguments.ts'
import type { Argument } from './client.ts'
import type { Connection } from './connect.ts'
import type { ShardKeys } from './keys.ts'
import { explain } from './explain.ts'
import { MetaReader } from './meta-reader.ts'
import { nonce } from './nonce.ts'
import { RedisQueue } from './redis-queue.ts'
import { FillBatch } from './fill-batch.ts'
import { RIGHT_BYTES, acquire } from './scripts/acquire.ts'
import { publishing, publishingSharded } from './scripts/change.ts'
import { counting, countingSharded } from './scripts/count.ts'
import { extend } from './scripts/extend.ts'
import { hello } from './scripts/hello.ts'
import { release } from './scripts/release.ts'
import { replay } from './scripts/replay.ts'
import { scan } from './scripts/scan.ts'
import { META_BYTES, type Script, YES } from './scripts/script.ts'
import { markOf, swapping, swappingSharded } from './scripts/swap.ts'

/** One shard of L2 in Redis 7.0 or later. */
export class RedisL2 implements L2 {
  readonly #connection: Connection
  readonly #keys: ShardKeys
  readonly #scripts: typeof publishing
  readonly #swap: Script
  readonly #count: Script
  /** Where changes go. */
  readonly #changes: Connection
  readonly replicated: (() => Promise<boolean>) | undefined
  readonly #metas = new MetaReader()
  readonly #fills: FillBatch

  /** `durable`: the connection for changes whose replication is waited for. */
  constructor(
    connection: Connection,
    keys: ShardKeys,
    durable?: Connection,
    durability?: Durability,
  ) {
    this.#connection = connection
    this.#changes = durable ?? connection
    if (durable !== undefined && durability !== undefined) {
      const { replicas, timeout } = durability
      this.replicated = async () => (await durable.wait(replicas, timeout)) >= replicas
    }
    this.#keys = keys
    this.#fills = new FillBatch(connection, keys, this.#metas)
    this.#scripts = connection.isSharded ? publishingSharded : publishing
    this.#swap = connection.isSharded ? swappingSharded : swapping
    this.#count = connection.isSharded ? countingSharded : counting
  }

  /** The queue of a writer in this shard. */
  queue(writer: string): WriteQueue {
    return new RedisQueue({
      connection: this.#connection,
      keys: this.#keys,
      writer,
      metas: this.#metas,
    })
  }

  async hello(): Promise<{ meta: Meta; time: number }> {
    await this.#connection.connected()
    const { meta, log } = this.#keys
    const [bytes, time] = await this.#connection
      .run<[Buffer, Buffer]>(hello, [meta, log], [nonce()])
      .catch(explain)
    return { meta: this.#metas.parse(bytes), time: Number(time.toString('latin1')) }
  }

  async read(keys: readonly string[], tags: readonly string[]): Promise<L2Read> {
    const names = [this.#keys.meta]
    for (const key of keys) names.push(this.#keys.entry(key))
    for (const tag of tags) names.push(this.#keys.tag(tag))
    const values = await this.#connection.mget(names)
    return {
      meta: this.#metas.parseIfAny(values[0]),
      frames: tags.length === 0 ? values.slice(1) : values.slice(1, keys.length + 1),
      records: tags.length === 0 ? NONE : values.slice(keys.length + 1).map(parseRecord),
    }
  }

  async acquire(keys: readonly string[], fenceTtl: number, leaseTtl: number): Promise<Acquired> {
    const names = [this.#keys.meta, this.#keys.log, this.#keys.waiting, this.#keys.intents]
    for (const key of keys) this.#keys.name(key, names)
    const token = nonce()
    const reply = await this.#connection.run<Buffer>(acquire, names, [
      token,
      Math.ceil(fenceTtl),
      Math.ceil(leaseTtl),
      Buffer.byteLength(this.#keys.entry('')),
    ])
    const leases = keys.map((_, i) => leaseAt(reply, META_BYTES + 1 + i * RIGHT_BYTES, token))
    const meta = this.#metas.parse(reply)
    return { meta, leases, isMutating: reply[META_BYTES] === YES }
  }

  fill(request: FillRequest): Promise<Filled> {
    return this.#fills.add(request)
  }

  async extend({ key, check, tags, ttl, window }: ExtendRequest): Promise<number> {
    const names = [this.#keys.meta, this.#keys.entry(key)]
    for (const tag of tags) names.push(this.#keys.tag(tag))
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(check)
    const ends = await this.#connection.run<Buffer>(extend, names, [
      bytes,
      Math.ceil(ttl),
      Math.floor(window),
    ])
    return Number(ends.toString('latin1'))
  }

  async release(key: string, token: string): Promise<void> {
    await this.#connection.run(release, [this.#keys.lease(key)], [token])
  }

  /** A value that Redis has no memory for is not set, but its key is dropped all the same. */
  async change(asked: Change, payload: string): Promise<Meta> {
    const { change, changeWithSet, changeWithIntent } = this.#scripts
    if (asked.intent !== undefined) return this.#change(changeWithIntent, asked, payload)
    if (!hasSet(asked)) return this.#change(change, asked, payload)
    try {
      return await this.#change(changeWithSet, asked, payload)
    } catch (error) {
      if (!(error as Error).message.startsWith('OOM')) throw error
      const keys = new Map([...asked.keys.keys()].map((key) => [key, DELETE]))
      return this.#change(change, { ...asked, keys }, payload)
    }
  }

  async swap(request: SwapRequest, payload: string): Promise<Swapped> {
    this.#fills.flush()
    const { key, basis, ttl, grace, tags, frame } = request
    const names = [this.#keys.meta, this.#keys.log]
    this.#keys.name(key, names)
    names.push(this.#keys.intents)
    for (const tag of tags) names.push(this.#keys.tag(tag))
    const args: Argument[] = [nonce(), this.#keys.channel, payload, Math.ceil(ttl), frame]
    if (basis.kind === 'fence') args.push(basis.fence, '', basis.line, basis.start, '')
    else {
      const { stored, hasTags, meta } = basis
      args.push('', markOf(stored), meta.line, meta.clr, hasTags ? meta.tseq : '')
    }
    const keep = recordLife(ttl, grace)
    for (const _ of tags) args.push(keep)
    const [meta, outcome] = await this.#connection.run<[Buffer | null, number | string]>(
      this.#swap,
      names,
      args,
    )
    const isMutated = Number(outcome) === 2
    return { meta: this.#metas.parseIfAny(meta), isDone: Number(outcome) === 1, isMutated }
  }

  async count(request: CountRequest, payload: string): Promise<Counted> {
    this.#fills.flush()
    const { key, by, initial, ttl, grace, tags, head } = request
    const names = [this.#keys.meta, this.#keys.log]
    this.#keys.name(key, names)
    names.push(this.#keys.intents)
    for (const tag of tags) names.push(this.#keys.tag(tag))
    const args: Argument[] = [nonce(), this.#keys.channel, payload]
    args.push(String(by), String(initial), Math.ceil(ttl), head)
    const keep = recordLife(ttl, grace)
    for (const _ of tags) args.push(keep)
    const [meta, outcome, sum, isTold] = await this.#connection.run<
      [Buffer, Buffer, Buffer, number | string]
    >(this.#count, names, args)
    return {
      meta: this.#metas.parse(meta),
      outcome: outcome.toString('latin1') as Counted['outcome'],
      sum: Number(sum.toString('latin1')),
      isTold: Number(isTold) === 1,
    }
  }

  async replay(line: string, inc: string, from: number, max: number): Promise<Replay> {
    const { meta, log } = this.#keys
    const [bytes, entries = []] = await this.#connection.run<
      [Buffer | null, [Buffer, Buffer[]][]?]
    >(replay, [meta, log], [line, inc, from, max])
    return {
      meta: this.#metas.parseIfAny(bytes),
      messages: entries.map(([id, fields]) => ({
        seq: Number.parseInt(id.toString('latin1'), 10),
        payload: (fields[1] as Buffer).toString(),
      })),
    }
  }

  async scan(kind: ScanKind, cursor: string, pattern: string, count: number): Promise<Scanned> {
    const prefix = kind === 'entry' ? this.#keys.entry('') : this.#keys.fence('')
    const glob = `${literal(prefix)}${pattern.split('*').map(literal).join('*')}`
    const [meta, next, names] = await this.#connection.run<[Buffer | null, Buffer, Buffer[]]>(
      scan,
      [this.#keys.meta],
      [cursor, glob, count],
    )
    return {
      meta: this.#metas.parseIfAny(meta),
      cursor: next.toString('latin1'),
      keys: names.map((name) => name.toString().slice(prefix.length)),
    }
  }

  async #change(
    script: Script,
    { keys, tags, clear, intent }: Change,
    payload: string,
  ): Promise<Meta> {
    this.#fills.flush() // a value that a caller has by now is there to be changed
    if (this.#changes !== this.#connection) await this.#changes.connected()
    const names = [this.#keys.meta, this.#keys.log]
    const args: Argument[] = []
    const kept = new Map<string, number>()
    let steps = ''
    for (const [key, action] of keys) {
      this.#keys.name(key, names)
      steps += STEPS[action.kind]
      if (action.kind === 'set') describe(action, args, kept)
      if (action.kind === 'keep') args.push(action.frame)
    }
    for (const tag of tags) {
      names.push(this.#keys.tag(tag))
      steps += 't'
    }
    if (clear) steps += 'c'
    for (const [tag, keep] of kept) {
      names.push(this.#keys.tag(tag))
      args.push(keep)
    }
    if (intent !== undefined) {
      names.push(this.#keys.intents)
      args.push(intent.token, Math.ceil(intent.ttl))
    }
    const head = [nonce(), this.#keys.channel, payload, steps]
    return this.#metas.parse(await this.#changes.run<Buffer>(script, names, [...head, ...args]))
  }
}

/** What the reply says from `at` on: fence, whether elected, end of freshness of what is stored. */
function leaseAt(reply: Buffer, at: number, token: string): Lease {
  return {
    fence: reply[at] === 0 ? '' : reply.toString('latin1', at, at + 16),
    token,
    isLeader: reply[at + 16] === YES,
    expiresAt: reply.readDoubleBE(at + 17),
  }
}

const NONE: readonly undefined[] = Object.freeze([])

function parseRecord(bytes: Buffer | null): number | undefined {
  const record = bytes?.length === 8 ? bytes.readDoubleBE(0) : Number.NaN
  return Number.isNaN(record) ? undefined : record
}

/** `text` as a glob of Redis that means it as it is. */
function literal(text: string): string {
  return text.replaceAll(/[\\?[\]]/g, '\\$&')
}
