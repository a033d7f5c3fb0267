import type { Redis } from 'ioredis'
import { renew } from './client.ts'

/** Who is master by the word of one sentinel. */
export interface Word {
  /** `host:port`. */
  readonly address: string
  /** Of the configuration: each fail-over has a higher one, whichever sentinel led it. */
  readonly epoch: number
}

/** What one sentinel tells. */
export interface SentinelListener {
  readonly onWord: (word: Word) => void
  /** It does not answer, and says why: it knows no such master, or the user may not ask. Each reason is told once. */
  readonly onRefused: (error: Error) => void
}

/** From the first on the sentinel that leads the fail-over names the new master; the second says that it is over. */
const NEWS = ['+promoted-slave', '+switch-master'] as const
/** Milliseconds between questions that no news led to: what was said while nobody heard it is lost. */
const ASK_EVERY = 1_000

/** One sentinel, asked every second, and at once when it has news. */
export class Sentinel {
  readonly #name: string
  /** A subscriber may not ask. */
  readonly #asking: Redis
  readonly #listening: Redis
  readonly #listener: SentinelListener
  readonly #timer: NodeJS.Timeout
  readonly #refusals = new Set<string>()

  /** `name`: of the master. `open` connects to the sentinel. */
  constructor(name: string, open: () => Redis, listener: SentinelListener) {
    this.#name = name
    this.#listener = listener
    this.#asking = open()
    this.#listening = open()
    // One that is down is tried again; the others tell meanwhile.
    for (const client of [this.#asking, this.#listening]) client.on('error', () => {})
    this.#asking.on('ready', () => this.#ask())
    this.#listening.on('ready', () => {
      this.#listening.subscribe(...NEWS).catch((error: Error) => this.#failed(error))
    })
    this.#listening.on('message', (_channel: string, news: string) => {
      if (news.split(' ').includes(name)) this.#ask()
    })
    this.#timer = setInterval(() => this.#ask(), ASK_EVERY)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#asking.disconnect()
    this.#listening.disconnect()
  }

  #ask(): void {
    if (this.#asking.status !== 'ready') return
    this.#word().then(
      (word) => this.#listener.onWord(word),
      (error: Error) => this.#failed(error),
    )
  }

  #failed(error: Error): void {
    if (error.name !== 'ReplyError') {
      for (const client of [this.#asking, this.#listening]) renew(client) // half-open, it may be
    } else if (!this.#refusals.has(error.message)) {
      this.#refusals.add(error.message)
      this.#listener.onRefused(error)
    }
  }

  async #word(): Promise<Word> {
    // `MASTER` alone names the former one until its replicas have followed; the other knows no epoch.
    const [before, address, after] = await Promise.all([
      this.#epoch(),
      this.#asking.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.#name),
      this.#epoch(),
    ])
    if (before !== after) return this.#word()
    return { address: (address as string[]).join(':'), epoch: after }
  }

  async #epoch(): Promise<number> {
    const fields = (await this.#asking.call('SENTINEL', 'MASTER', this.#name)) as string[]
    return Number(fields[fields.indexOf('config-epoch') + 1]) || 0 // of a server that has none
  }
}
