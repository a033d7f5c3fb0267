import type { Redis, RedisOptions } from 'ioredis'

/** A sentinel that was heard of a new master: the message names the master first. */
const CHANNEL = '+switch-master'
/** How long a master that was replaced is shunned, in ms: by then a sentinel has told it. */
const SHUNNED_FOR = 15_000

/**
 * The master that was replaced last. Sentinels that have not heard of it name it still, and it takes
 * writes for some ten seconds if it runs: who asked one of them would be where the others are no more.
 */
export class Deposed {
  #address: string | undefined
  #at = -Infinity

  replaced(address: string): void {
    this.#address = address
    this.#at = performance.now()
  }

  has(address: string): boolean {
    return address === this.#address && performance.now() - this.#at < SHUNNED_FOR
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

/**
 * Hears from sentinels that another server is the master now, and asks each whenever it is reached
 * again: what it said meanwhile is lost. The one that was goes on taking writes
 * for some ten seconds if it runs, until it is told: who stays with it would see nothing of the others.
 *
 * ioredis' own `failoverDetector` does the same, and may end the client for good: when the socket breaks
 * first, its listeners live on while the client asks for the new master, and the news makes that attempt
 * fail as if the user had disconnected, after which ioredis (5.4 to 6.0) does not try again.
 */
export class MasterWatch {
  readonly #clients: readonly Redis[]

  /** `open` connects to one sentinel. */
  constructor(
    { sentinels = [], name, ...options }: RedisOptions,
    deposed: Deposed,
    open: (options: RedisOptions) => Redis,
    onSwitch: () => void,
  ) {
    this.#clients = sentinels.map(({ host, port = 26_379 }) => {
      const client = open({
        ...(host === undefined ? {} : { host }),
        port,
        ...ofSentinels(options),
      })
      let master: string | undefined
      const heard = (address: string): void => {
        const before = master
        master = address
        if (before === undefined || before === address) return
        deposed.replaced(before)
        onSwitch()
      }
      client.on('error', () => {}) // one that is down is tried again; the others tell meanwhile
      client.on('ready', () => {
        // In one go: a subscriber may not ask, and between the two there is time for nothing.
        client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name as string).then(
          (answer) => Array.isArray(answer) && heard(answer.join(':')),
          () => {}, // 'close' follows
        )
        client.subscribe(CHANNEL).catch(() => {}) // the same
      })
      client.on('message', (_channel: string, message: string) => {
        const [of, _host, _port, ...address] = message.split(' ')
        if (of === name) heard(address.join(':'))
      })
      return client
    })
  }

  close(): void {
    for (const client of this.#clients) client.disconnect()
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
    ...(sentinelUsername ? { username: sentinelUsername } : {}),
    ...(sentinelPassword ? { password: sentinelPassword } : {}),
    ...(sentinelTLS === undefined ? {} : { tls: sentinelTLS }),
    ...(family === undefined ? {} : { family }),
  }
}
