import { isDeepStrictEqual } from 'node:util'
import { msgpack } from '@tiercel/serializers'
import { encodeInvalidation } from '../bus.ts'
import type { Cell } from '../coherence/tags.ts'
import type { Context } from '../context.ts'
import { TierError } from '../errors.ts'
import { decodeFrame, encodeFrame } from '../frame.ts'
import { SETTINGS_TAG } from '../invalidate/implied-tags.ts'
import type { LiveOptions } from './live-options.ts'
import type { Shard, Shared } from '../shard.ts'

/** What is said for all instances of a family; told again whenever it may have changed. */
type Listener = (said: LiveOptions) => void

/** They outlive every deployment; Redis asks for an end. */
const TEN_YEARS = 315_360_000_000
/** Families whose settings are read by one command. */
const PORTION = 256
const MOST_ATTEMPTS = 3
const CODEC = msgpack()
/** Begins the keys of settings; no caller's key can begin so. */
const KEY = '\u0003'
const SAID_NOTHING: LiveOptions = Object.freeze({})

/**
 * Settings that hold for all instances. They live in Redis, in the first shard, under a key for each
 * family; a change of one is a set of that key and an invalidation of one tag, in one script. What was
 * read is out of date by the rules that an entry with this tag is: its number is below the tag's, or
 * below what is trusted. So whatever is lost, a message or a numbering, leads to reading again: with
 * the next message or the next beat, until it succeeds.
 */
export class LiveSettings {
  readonly #context: Context
  readonly #shard: Shard
  readonly #listeners = new Map<string, Listener>()
  /** What was read last. */
  readonly #known = new Map<string, LiveOptions>()
  #stamp = -1
  #cell: Cell | undefined
  #reading: Promise<void> | undefined

  constructor(context: Context, shard: Shard) {
    this.#context = context
    this.#shard = shard
  }

  /** Tells `listener` what is said for `family`, now and whenever it changes. */
  follow(family: string, listener: Listener): void {
    this.#listeners.set(family, listener)
    this.#stamp = -1
    this.check()
  }

  /** Reads again if what was read may be out of date. */
  check(): void {
    if (this.#listeners.size === 0 || this.#isCurrent()) return
    const { shared } = this.#shard
    if (shared === undefined || shared.l2.isOpen) return
    this.#context.background.add(this.#read(shared).catch(() => {})) // the next beat asks again
  }

  /** Resolves once what is said is known here, or Redis did not answer. */
  async settled(): Promise<void> {
    this.check()
    await this.#reading?.catch(() => {}) // counted and reported by the guard
  }

  /** @throws {TierError} if Redis did not take it */
  async say(family: string, said: LiveOptions): Promise<void> {
    const { shared } = this.#shard
    if (shared === undefined) {
      this.#listeners.get(family)?.(said)
      return
    }
    const key = KEY + family
    const payload = CODEC.encode(said, { namespace: this.#context.settings.namespace, key })
    const frame = encodeFrame({
      isAbsent: false,
      codecId: CODEC.id,
      grace: 0,
      cost: 0,
      tags: [],
      payload,
    })
    const change = {
      keys: new Map([[key, { kind: 'set', ttl: TEN_YEARS, grace: 0, tags: [], frame } as const]]),
      tags: new Set([SETTINGS_TAG]),
      clear: false,
    }
    // Not by the originator, which would keep it while Redis is away, as a delete of what was said before.
    shared.watch.noticed(await shared.l2.change(change, encodeInvalidation([], change.tags, false)))
    await this.#reading?.catch(() => {}) // it may have been sent before
    await this.#read(shared)
    if (!isDeepStrictEqual(this.#known.get(family), said)) {
      throw new TierError('configure', 'what was said was not stored, or was said otherwise since')
    }
  }

  #isCurrent(): boolean {
    const { view } = this.#shard
    return this.#stamp >= view.minStamp && (this.#cell?.seq ?? 0) <= this.#stamp
  }

  #read(shared: Shared): Promise<void> {
    this.#reading ??= this.#readAll(shared).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** A read that a change or a declaration overtook is made again; after some, by the next beat. */
  async #readAll(shared: Shared): Promise<void> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      await this.#readOnce(shared)
      if (this.#isCurrent()) return
    }
  }

  async #readOnce(shared: Shared): Promise<void> {
    const { view } = this.#shard
    await shared.watch.known()
    this.#cell ??= view.cells.hold([SETTINGS_TAG])[0]
    const families = [...this.#listeners.keys()]
    let stamp = Infinity
    for (let i = 0; i < families.length; i += PORTION) {
      const portion = families.slice(i, i + PORTION)
      const { meta, frames } = await shared.l2.read(
        portion.map((family) => KEY + family),
        [],
      )
      shared.watch.noticed(meta)
      stamp = meta !== undefined && view.matches(meta) ? Math.min(stamp, view.local(meta.seq)) : -1
      portion.forEach((family, j) => this.#tell(family, frames[j] ?? null))
    }
    // A family that was declared meanwhile was not asked for.
    this.#stamp = families.length === this.#listeners.size ? stamp : -1
  }

  #tell(family: string, bytes: Buffer | null): void {
    const { namespace } = this.#context.settings
    const context = { namespace, key: KEY + family }
    try {
      const said =
        bytes === null
          ? SAID_NOTHING
          : (CODEC.decode(decodeFrame(bytes).payload, context) as LiveOptions)
      this.#known.set(family, said)
      this.#listeners.get(family)?.(said)
    } catch (error) {
      // Of a release that knows other options: what is declared holds.
      this.#context.report.tier({ shard: this.#shard.index, state: 'error', error })
    }
  }
}
