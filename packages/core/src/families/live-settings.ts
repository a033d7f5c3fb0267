import { isDeepStrictEqual } from 'node:util'
import { msgpack } from '@tiercel/serializers'
import { encodeInvalidation } from '../bus.ts'
import type { Cell } from '../coherence/tags.ts'
import type { Context } from '../context.ts'
import { ConfigError, TierError } from '../errors.ts'
import { decodeFrame, encodeFrame } from '../frame.ts'
import { SETTINGS_TAG } from '../invalidate/implied-tags.ts'
import type { Shard, Shared } from '../shard.ts'

/** What is said under a name: data that a codec carries. */
export type Said = Readonly<Record<string, unknown>>

/** Is told what is said for all instances, again whenever it may have changed. */
export type Listener = (said: Said) => void

/** Names whose settings are read by one command. */
const PORTION = 256
/** Names of one cache: each is read again when the settings of one have changed. */
const MOST_NAMES = 10_000
const MOST_ATTEMPTS = 3
const CODEC = msgpack()
/** Begins the keys of settings; no caller's key can begin so. */
const KEY = '\u0003'
const SAID_NOTHING: Said = Object.freeze({})

/**
 * Settings that hold for all instances: of families, and of whoever else has a name for theirs. They live
 * in Redis, in the first shard, under a key for each name; a change of one is a set of that key and an
 * invalidation of one tag, in one script. What was read is out of date by the rules that an entry with
 * this tag is: its number is below the tag's, or below what is trusted. So whatever is lost, a message or
 * a numbering, leads to reading again: with the next message or the next beat, until it succeeds.
 */
export class LiveSettings {
  readonly #context: Context
  readonly #shard: Shard
  readonly #listeners = new Map<string, Set<Listener>>()
  /** What was read last. */
  readonly #known = new Map<string, Said>()
  #stamp = -1
  #cell: Cell | undefined
  #reading: Promise<void> | undefined

  constructor(context: Context, shard: Shard) {
    this.#context = context
    this.#shard = shard
  }

  /**
   * Tells `listener` what is said under `name`, now and whenever it changes.
   *
   * @throws {ConfigError} for more names than one cache may have
   */
  follow(name: string, listener: Listener): void {
    const known = this.#listeners.get(name)
    if (known === undefined && this.#listeners.size === MOST_NAMES) {
      throw new ConfigError(
        `at most ${MOST_NAMES} names of settings in one cache; declare them once, not for each request`,
      )
    }
    if (known === undefined) this.#listeners.set(name, new Set([listener]))
    else known.add(listener)
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
  async say(name: string, said: Said): Promise<void> {
    const { shared } = this.#shard
    if (shared === undefined) {
      this.#told(name, said)
      return
    }
    const key = KEY + name
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
      keys: new Map([[key, { kind: 'keep', frame } as const]]),
      tags: new Set([SETTINGS_TAG]),
      clear: false,
    }
    // Not by the originator, which would keep it while Redis is away, as a delete of what was said before.
    shared.watch.noticed(await shared.l2.change(change, encodeInvalidation([], change.tags, false)))
    await this.#reading?.catch(() => {}) // it may have been sent before
    await this.#read(shared)
    if (!isDeepStrictEqual(this.#known.get(name), said)) {
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
    const names = [...this.#listeners.keys()]
    let stamp = Infinity
    for (let i = 0; i < names.length; i += PORTION) {
      const portion = names.slice(i, i + PORTION)
      const { meta, frames } = await shared.l2.read(
        portion.map((name) => KEY + name),
        [],
      )
      shared.watch.noticed(meta)
      stamp = meta !== undefined && view.matches(meta) ? Math.min(stamp, view.local(meta.seq)) : -1
      portion.forEach((name, j) => this.#tell(name, frames[j] ?? null))
    }
    // What was declared meanwhile was not asked for.
    this.#stamp = names.length === this.#listeners.size ? stamp : -1
  }

  #tell(name: string, bytes: Buffer | null): void {
    const { namespace } = this.#context.settings
    const context = { namespace, key: KEY + name }
    try {
      const said =
        bytes === null ? SAID_NOTHING : (CODEC.decode(decodeFrame(bytes).payload, context) as Said)
      this.#known.set(name, said)
      this.#told(name, said)
    } catch (error) {
      // Of a release that knows other options: what held before holds.
      this.#context.report.tier({ shard: this.#shard.index, state: 'error', error })
    }
  }

  #told(name: string, said: Said): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(said)
  }
}
