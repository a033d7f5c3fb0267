import type { Redis, RedisOptions } from 'ioredis'
import type { MasterGuide } from './master-guide.ts'
import { UNCHECKED } from './open-client.ts'
import { Sentinel, type SentinelListener, type Word } from './sentinel.ts'

/** How long the word of a sentinel that says nothing more counts, in ms. */
const COUNTS_FOR = 15_000
/** Milliseconds that a sentinel may take to answer. */
const ANSWERS_WITHIN = 1_000

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
  readonly #guide: MasterGuide
  /** One, unless sentinels have different names for it. */
  #masters: ReadonlySet<string> = new Set()
  /** When it was heard of who is master, for the first time or after a silence. */
  #begunAt = 0

  /** `open` connects to one sentinel. */
  constructor(
    { sentinels = [], name, ...options }: RedisOptions,
    guide: MasterGuide,
    open: (options: RedisOptions) => Redis,
    onRefused: SentinelListener['onRefused'],
  ) {
    this.#guide = guide
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
    const isCounting = ({ at }: { readonly at: number }): boolean => now - at < COUNTS_FOR
    const last = this.#words.get(index)
    // One name may stand for several sentinels, and lead to one that is behind.
    if (last !== undefined && isCounting(last) && word.epoch < last.epoch) return
    if (![...this.#words.values()].some(isCounting)) this.#begunAt = now
    this.#words.set(index, { ...word, at: now })
    const words = [...this.#words.values()].filter(isCounting)
    const epoch = Math.max(...words.map((each) => each.epoch))
    const masters = new Set(words.filter((each) => each.epoch === epoch).map(addressOf))
    // Who connected before anything was heard is where a sentinel said then. Later on that may be the word
    // of one that ioredis has found, and that knows more than those that are asked here.
    const places = now - this.#begunAt < COUNTS_FOR ? this.#guide.places : []
    const named = [...this.#masters, ...words.map(addressOf), ...places]
    this.#masters = masters
    for (const address of masters) this.#guide.welcome(address)
    for (const address of named) if (!masters.has(address)) this.#guide.shun(address)
  }
}

function addressOf({ address }: Word): string {
  return address
}

/** The options by which ioredis itself asks sentinels. */
function ofSentinels({
  sentinelUsername,
  sentinelPassword,
  sentinelTLS,
  family,
}: RedisOptions): RedisOptions {
  return {
    ...UNCHECKED,
    autoResubscribe: false,
    commandTimeout: ANSWERS_WITHIN,
    ...(sentinelUsername ? { username: sentinelUsername } : {}),
    ...(sentinelPassword ? { password: sentinelPassword } : {}),
    ...(sentinelTLS === undefined ? {} : { tls: sentinelTLS }),
    ...(family === undefined ? {} : { family }),
  }
}
