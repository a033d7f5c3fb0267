import type { Redis, RedisOptions } from 'ioredis'

/** A sentinel that was heard of a new master: the message names the master first. */
const CHANNEL = '+switch-master'

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
        const isOther = master !== undefined && master !== address
        master = address
        if (isOther) onSwitch()
      }
      client.on('error', () => {}) // one that is down is tried again; the others tell meanwhile
      client.on('ready', () => {
        // In one go: a subscriber may not ask, and between the two there is time for nothing.
        client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name as string).then(
          (answer) => Array.isArray(answer) && heard(answer.join(' ')),
          () => {}, // 'close' follows
        )
        client.subscribe(CHANNEL).catch(() => {}) // the same
      })
      client.on('message', (_channel: string, message: string) => {
        const [of, _host, _port, ...address] = message.split(' ')
        if (of === name) heard(address.join(' '))
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
