import { encodeInvalidation } from '../../src/bus.ts'
import { encodeFrame } from '../../src/frame.ts'
import type { Change, KeyChange, L2, Lease, Meta } from '../../src/tiers.ts'
import type { ShardTwin } from '../twin/shard-twin.ts'
import { Account, Instant } from './account.ts'
import type { Outside } from './state.ts'
import type { Action, Step, Value } from './steps.ts'

/** In the place of a name of 16 characters that was given. */
const FOREIGN = 'another.........'

type Of<D extends Step['do']> = Extract<Step, { do: D }>

/** One of the two shards, with what was learned from it. */
export class Side {
  readonly account = new Account()
  readonly #shard: Outside
  readonly #l2: L2 | ShardTwin
  readonly #rights: { readonly key: string; readonly meta: Meta; readonly lease: Lease }[] = []
  readonly #metas: Meta[] = []

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
        return this.account.read(await this.#l2.read(step.keys, step.tags))
      case 'acquire':
        return this.#acquire(step)
      case 'fill':
        return this.#fill(step)
      case 'release':
        return this.#release(step)
      case 'change':
        return this.#change(step)
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

  async #replay({ ago, back, max }: Of<'replay'>): Promise<unknown> {
    const known = this.#metas.at(-1 - ago)
    if (known === undefined) return undefined
    const { line, inc, seq } = known
    return this.account.replay(await this.#l2.replay(line, inc, seq - back, max))
  }
}

function changeOf(action: Action): KeyChange {
  return action.kind === 'set' ? { kind: 'set', ...stored(action) } : action
}

function stored({ ttl, grace, tags, payload }: Value): Omit<KeyChange & { kind: 'set' }, 'kind'> {
  const content = { isAbsent: false, codecId: 1, grace, cost: 0, tags }
  const frame = encodeFrame({ ...content, payload: Buffer.from(payload) })
  return { ttl, grace, tags, frame }
}
