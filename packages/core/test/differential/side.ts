import { encodeInvalidation } from '../../src/bus.ts'
import { STAMP_BYTES, checkOf, encodeCounter, encodeFrame } from '../../src/frame.ts'
import {
  type Basis,
  type Change,
  DELETE,
  type KeyChange,
  type L2,
  type Lease,
  type Meta,
} from '../../src/tiers.ts'
import type { ShardTwin } from '../twin/shard-twin.ts'
import { Account, Instant } from './account.ts'
import type { Outside } from './state.ts'
import type { Action, Step, Value } from './steps.ts'

/** In the place of a name of 16 characters that was given. */
const FOREIGN = 'another.........'
/** Bytes of an entry that has a checksum. */
const LEAST_FRAME = 44

type Of<D extends Step['do']> = Extract<Step, { do: D }>

/** One of the two shards, with what was learned from it. */
export class Side {
  readonly account = new Account()
  readonly #shard: Outside
  readonly #l2: L2 | ShardTwin
  readonly #rights: { readonly key: string; readonly meta: Meta; readonly lease: Lease }[] = []
  readonly #metas: Meta[] = []
  /** What was read of each key, with the numbering that came with it. */
  readonly #reads: { readonly key: string; readonly stored: Buffer | null; readonly meta: Meta }[] =
    []

  constructor(shard: { readonly l2: L2 | ShardTwin } & Outside) {
    this.#shard = shard
    this.#l2 = shard.l2
  }

  /** @returns the answer, as it can be compared */
  // oxlint-disable-next-line require-await -- so that what the twin throws rejects
  async do(step: Step): Promise<unknown> {
    const shard = this.#shard
    switch (step.do) {
      case 'hello':
        return this.#hello()
      case 'read':
        return this.#read(step)
      case 'acquire':
        return this.#acquire(step)
      case 'fill':
        return this.#fill(step)
      case 'fills':
        return Promise.all(step.fills.map((one) => this.#fill(one)))
      case 'release':
        return this.#release(step)
      case 'change':
        return this.#change(step)
      case 'swap':
        return this.#swap(step)
      case 'count':
        return this.#count(step)
      case 'extend':
        return this.#extend(step)
      case 'intend':
        return this.#intend(step)
      case 'replay':
        return this.#replay(step)
      case 'lose':
        return void (await shard.lose(step.part))
      case 'flush':
        return void (await shard.flush())
      case 'limit':
        return void (await shard.limit(step.part, step.ttl))
      case 'spoil':
        return void (await shard.spoil(step.part, Buffer.alloc(step.bytes, 'A')))
      case 'trim':
        return void (await shard.trimLog(step.length))
      case 'snapshot':
        return void (await shard.snapshot())
      case 'restore':
        return void (await shard.restore(step.what))
      case 'fail over':
        return void (await shard.failOver())
      default:
        return step satisfies never
    }
  }

  async #hello(): Promise<unknown> {
    const { meta, time } = await this.#l2.hello()
    this.#metas.push(meta)
    return { meta: this.account.meta(meta), time: new Instant(time) }
  }

  async #read({ keys, tags }: Of<'read'>): Promise<unknown> {
    const read = await this.#l2.read(keys, tags)
    const { meta, frames } = read
    keys.forEach((key, i) => {
      if (meta !== undefined) this.#reads.push({ key, stored: frames[i] ?? null, meta })
    })
    return this.account.read(read)
  }

  async #acquire({ keys, fenceTtl, leaseTtl }: Of<'acquire'>): Promise<unknown> {
    const acquired = await this.#l2.acquire(keys, fenceTtl, leaseTtl)
    const { meta, leases } = acquired
    this.#metas.push(meta)
    keys.forEach((key, i) => this.#rights.push({ key, meta, lease: leases[i] as Lease }))
    return this.account.acquired(acquired)
  }

  async #fill({ ago, wrong, later, ...value }: Of<'fill'>): Promise<unknown> {
    const right = this.#rights.at(-1 - ago)
    if (right === undefined) return undefined
    const { meta, isStored } = await this.#l2.fill({
      ...stored(value),
      key: wrong === 'key' ? 'c' : right.key,
      fence: wrong === 'fence' ? FOREIGN : right.lease.fence,
      line: wrong === 'line' ? FOREIGN : right.meta.line,
      start: right.meta.seq + later,
    })
    return { meta: this.account.meta(meta), isStored }
  }

  async #release({ ago, isOwn }: Of<'release'>): Promise<void> {
    const right = this.#rights.at(-1 - ago)
    if (right !== undefined) await this.#l2.release(right.key, isOwn ? right.lease.token : FOREIGN)
  }

  async #change({ keys, tags, clear }: Of<'change'>): Promise<unknown> {
    const change: Change = {
      keys: new Map(keys.map(([key, action]) => [key, changeOf(action)])),
      tags: new Set(tags),
      clear,
    }
    const meta = await this.#l2.change(
      change,
      encodeInvalidation(change.keys.keys(), change.tags, clear),
    )
    this.#metas.push(meta)
    return this.account.meta(meta)
  }

  async #swap({ key, basis, ago, ...value }: Of<'swap'>): Promise<unknown> {
    const on = this.#basisOf(key, basis, ago, value.tags)
    if (on === undefined) return undefined
    const { meta, ...rest } = await this.#l2.swap(
      { ...stored(value), key, basis: on },
      encodeInvalidation([key], [], false),
    )
    return { meta: this.account.meta(meta), ...rest }
  }

  #basisOf(
    key: string,
    kind: Of<'swap'>['basis'],
    ago: number,
    tags: readonly string[],
  ): Basis | undefined {
    if (kind !== 'read') {
      const right = this.#rights.filter((each) => each.key === key).at(-1 - ago)
      if (right === undefined || right.lease.fence === '') return undefined
      const { line, seq } = right.meta
      const fence = kind === 'fence' ? right.lease.fence : FOREIGN
      return { kind: 'fence', fence, line, start: seq }
    }
    const read = this.#reads.filter((each) => each.key === key).at(-1 - ago)
    return read && { kind: 'entry', stored: read.stored, hasTags: tags.length > 0, meta: read.meta }
  }

  async #count({ key, by, initial, window, grace, tags }: Of<'count'>): Promise<unknown> {
    const head = encodeCounter({ grace, window, tags })
    const request = { key, by, initial, ttl: 60_000, tags, head, grace }
    const payload = encodeInvalidation([key], [], false)
    const { meta, ...rest } = await this.#l2.count(request, payload)
    return { meta: this.account.meta(meta), ...rest }
  }

  async #extend({ key, ago, isOther, ...request }: Of<'extend'>): Promise<unknown> {
    const frame = this.#reads.filter((each) => each.key === key).at(-1 - ago)?.stored
    if (frame == null || frame.length < LEAST_FRAME) return undefined
    const check = checkOf(frame.subarray(STAMP_BYTES)) + (isOther ? 1 : 0)
    const ends = await this.#l2.extend({ ...request, key, check: check % 2 ** 32 })
    return ends === 0 ? 'refused' : new Instant(ends)
  }

  async #intend({ keys, tags, token, ttl }: Of<'intend'>): Promise<unknown> {
    const change: Change = {
      keys: new Map(keys.map((key) => [key, DELETE])),
      tags: new Set(tags),
      clear: false,
      intent: { token, ttl },
    }
    const meta = await this.#l2.change(change, encodeInvalidation(keys, tags, false))
    this.#metas.push(meta)
    return this.account.meta(meta)
  }

  async #replay({ ago, back, max }: Of<'replay'>): Promise<unknown> {
    const known = this.#metas.at(-1 - ago)
    if (known === undefined) return undefined
    const { line, inc, seq } = known
    return this.account.replay(await this.#l2.replay(line, inc, seq - back, max))
  }
}

function changeOf(action: Action): KeyChange {
  if (action.kind === 'keep') return { kind: 'keep', frame: stored(action).frame }
  if (action.kind === 'set') return { kind: 'set', ...stored(action) }
  return action
}

function stored({ ttl, grace, tags, payload }: Value): Omit<KeyChange & { kind: 'set' }, 'kind'> {
  const content = { isAbsent: false, codecId: 1, grace, cost: 0, tags }
  const frame = encodeFrame({ ...content, payload: Buffer.from(payload) })
  return { ttl, grace, tags, frame }
}
