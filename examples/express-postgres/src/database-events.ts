import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'

export interface Listeners {
  /** A row has changed. */
  readonly onChange: (id: number) => Promise<void>
  /** Nobody listened for a while: what changed meanwhile is not known. */
  readonly onGap: () => Promise<void>
}

const RETRY_MS = 1_000

/** Hears from the database what has changed, also by a migration, another service, or somebody with psql. */
export class DatabaseEvents {
  readonly #url: string | undefined
  readonly #listeners: Listeners
  #client: Client | undefined
  #isStopped = false

  constructor(url: string | undefined, listeners: Listeners) {
    this.#url = url
    this.#listeners = listeners
  }

  /** Resolves once it listens. The connection is its own: a pool's would be given to others. */
  async start(): Promise<void> {
    const client = new Client({ connectionString: this.#url, keepAlive: true })
    this.#client = client
    client.on('error', () => {}) // 'end' comes next
    client.on('notification', ({ payload }) => {
      this.#listeners.onChange(Number(payload)).catch(complain)
    })
    await client.connect()
    await client.query('listen example_products')
    client.once('end', () => void this.#restart())
    await this.#listeners.onGap()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#client?.end()
  }

  /** Notifications are not kept for who is away, so a connection that was lost is a gap. */
  async #restart(): Promise<void> {
    await delay(RETRY_MS, undefined, { ref: false })
    if (this.#isStopped) return
    try {
      await this.start()
    } catch (error) {
      complain(error)
      await this.#client?.end().catch(complain)
      void this.#restart()
    }
  }
}

function complain(error: unknown): void {
  console.error('events of the database:', (error as Error).message)
}
