import { randomUUID } from 'node:crypto'
import type { Cache, WriterStats } from '@tiercel/core'
import type { View, ViewStore } from './view-store.ts'

/** Page views on their way to the database, and counts of those that have arrived. */
export class Views {
  readonly #views
  readonly #counts

  constructor(cache: Cache, store: ViewStore) {
    // Written by whichever instance is alive: each takes from the queue what no other has taken.
    this.#views = cache.keyspace('view:{id:string}', {
      ttl: '10m',
      load: ({ id }) => store.find(id),
      writer: {
        mode: 'behind',
        write: async (writes) => {
          const batch = writes.flatMap(({ params, value }) =>
            value === undefined ? [] : [[params.id, value] as const],
          )
          store.add(batch) // if it throws all of it is tried again, later and later
          await this.#counts.deleteMany(
            [...new Set(batch.map(([, { page }]) => page))].map((page) => ({ page })),
          )
        },
        // What a dead instance had taken is taken over after `lease`.
        queue: { maxBatch: 50, maxDelay: '200ms', lease: '2s' },
      },
    })
    this.#counts = cache.keyspace('views:{page:string}', {
      ttl: '1h',
      load: ({ page }) => store.count(page),
    })
  }

  /** Resolves once Redis has the view and its place in the queue, by one script: from then on it is not lost. */
  async add(page: string): Promise<string> {
    const id = randomUUID()
    await this.#views.set({ id }, { page, at: Date.now() })
    return id
  }

  /** A view, whether the database has it yet or not. */
  find(id: string): Promise<View | undefined> {
    return this.#views.get({ id })
  }

  /** How often a page was viewed, as far as the database knows. */
  count(page: string): Promise<number> {
    return this.#counts.get({ page })
  }

  queue(): Promise<WriterStats> {
    return this.#views.writer.stats()
  }
}
