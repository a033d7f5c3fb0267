import { DatabaseSync } from 'node:sqlite'

export interface View {
  readonly page: string
  /** Milliseconds since 1970. */
  readonly at: number
}

const SCHEMA = `
  pragma busy_timeout = 5000;
  create table if not exists view (id text primary key, page text not null, at integer not null);
  create index if not exists by_page on view (page);
`

/** The source of truth: a file of SQLite, for there is nothing to install then. It knows nothing of a cache. */
export class ViewStore {
  readonly #db: DatabaseSync

  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    this.#db.exec(SCHEMA)
  }

  /**
   * Adds a batch, all or none. A batch may come twice, for a worker may die between this and saying so: what is
   * there already is left as it is.
   */
  add(views: Iterable<readonly [id: string, view: View]>): void {
    const add = this.#db.prepare('insert or ignore into view (id, page, at) values (?, ?, ?)')
    this.#db.exec('begin immediate')
    try {
      for (const [id, { page, at }] of views) add.run(id, page, at)
      this.#db.exec('commit')
    } catch (error) {
      this.#db.exec('rollback')
      throw error
    }
  }

  find(id: string): View | undefined {
    return this.#db.prepare('select page, at from view where id = ?').get(id) as View | undefined
  }

  count(page: string): number {
    const row = this.#db.prepare('select count(*) as views from view where page = ?').get(page)
    return row?.['views'] as number
  }

  close(): void {
    this.#db.close()
  }
}
