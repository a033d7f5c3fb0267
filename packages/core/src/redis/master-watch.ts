import type { Redis, RedisOptions } from 'ioredis'
import { Sentinel, type SentinelListener, type Word } from './sentinel.ts'

/** How long an address is shunned after it was last known to be a former master's, in ms: by then a sentinel has told it. */
const SHUNNED_FOR = 15_000
/** How long the word of a sentinel that says nothing more counts, in ms. */
const COUNTS_FOR = 15_000
/** Milliseconds that a sentinel may take to answer. */
const ANSWERS_WITHIN = 1_000

/**
 * Masters that were replaced. Sentinels that have not heard of it name them still, and they take writes for
 * some ten seconds if they run: who asked one of those would be where the others are no more.
 */
export class Deposed {
  readonly #until = new Map<string, number>()

  /** Whether that was not known. */
  add(address: string): boolean {
    const isNew = !this.has(address)
    const now = performance.now()
    for (const [other, until] of this.#until) if (until <= now) this.#until.delete(other)
    this.#until.set(address, now + SHUNNED_FOR)
    return isNew
  }

  delete(address: string): void {
    this.#until.delete(address)
  }

  has(address: string): boolean {
    return performance.now() < (this.#until.get(address) ?? 0)
  }

  /** What ioredis looks addresses of sentinels' up in; an error makes it ask the next sentinel. */
  refusedBy(natMap: RedisOptions['natMap']): NonNullable<RedisOptions['natMap']> {
    return new Proxy(
      {},
      {
        get: (_target, address) => {
          if (typeof address === 'symbol') return undefined
          if (this.has(address)) throw new Error(`${address} was replaced as the master`)
          return typeof natMap === 'function' ? natMap(address) : natMap?.[address]
        },
      },
    )
  }
}

/** What the sentinels tell together. */
export interface MasterListener extends Pick<SentinelListener, 'onRefused'> {
  /** Connections may lead to a master that was replaced. */
  readonly onSwitch: () => void
}

/**
 * Learns from the sentinels that another server is the master now: the one of the highest epoch that any of
 * them knows. The one that was goes on taking writes for some ten seconds if it runs, until it is told:
 * who stays with it would see nothing of the others.
 *
 * ioredis' own `failoverDetector` listens too, and may end the client for good: when the socket breaks
 * first, its listeners live on while the client asks for the new master, and the news makes that attempt
 * fail as if the user had disconnected, after which ioredis (5.4 to 6.0) does not try again.
 */
export class MasterWatch {
  readonly #sentinels: readonly Sentinel[]
  /** The last word of each sentinel, and when it was said. */
  readonly #words = new Map<number, Word & { readonly at: number }>()
  readonly #deposed: Deposed
  readonly #onSwitch: () => void
  #master: string | undefined

  /** `open` connects to one sentinel. */
  constructor(
    { sentinels = [], name, ...options }: RedisOptions,
    deposed: Deposed,
    open: (options: RedisOptions) => Redis,
    { onSwitch, onRefused }: MasterListener,
  ) {
    this.#deposed = deposed
    this.#onSwitch = onSwitch
    this.#sentinels = sentinels.map(({ host, port = 26_379 }, index) => {
      const own = { ...(host === undefined ? {} : { host }), port, ...ofSentinels(options) }
      return new Sentinel(name as string, () => open(own), {
        onWord: (word) => this.#heard(index, word),
        onRefused,
      })
    })
  }

  close(): void {
    for (const sentinel of this.#sentinels) sentinel.close()
  }

  #heard(index: number, word: Word): void {
    const now = performance.now()
    this.#words.set(index, { ...word, at: now })
    const words = [...this.#words.values()].filter(({ at }) => now - at < COUNTS_FOR)
    const epoch = Math.max(...words.map((each) => each.epoch))
    const newest = words.filter((each) => each.epoch === epoch).map(({ address }) => address)
    const before = this.#master
    const master = before !== undefined && newest.includes(before) ? before : newest[0]
    if (master === undefined) return
    this.#master = master
    this.#deposed.delete(master)
    const named = new Set([
      ...(before === undefined ? [] : [before]),
      ...words.map((w) => w.address),
    ])
    named.delete(master)
    // Who named a former one may have led us there.
    const news = [...named].filter((address) => this.#deposed.add(address))
    if (news.length > 0) this.#onSwitch()
  }
}

/** The options by which ioredis itself asks sentinels. */
function ofSentinels({
  sentinelUsername,
  sentinelPassword,
  sentinelTLS,
  family,
}: RedisOptions): RedisOptions {
  return {
    enableReadyCheck: false,
    autoResubscribe: false,
    commandTimeout: ANSWERS_WITHIN,
    ...(sentinelUsername ? { username: sentinelUsername } : {}),
    ...(sentinelPassword ? { password: sentinelPassword } : {}),
    ...(sentinelTLS === undefined ? {} : { tls: sentinelTLS }),
    ...(family === undefined ? {} : { family }),
  }
}
