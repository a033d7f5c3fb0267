import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'

const SCHEMA = `
  pragma busy_timeout = 5000;
  begin immediate;
  create table if not exists rate (currency text primary key, rate real not null);
  insert or ignore into rate values ('CHF', 0.94), ('GBP', 0.85), ('USD', 1.08);
  commit;
`
/** As of a service that is asked over the network. */
const TAKES_MS = 150

/** The source of truth: a file of SQLite, made slow. It knows nothing of a cache. */
export class Rates {
  readonly #db: DatabaseSync

  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    this.#db.exec(SCHEMA)
  }

  async all(): Promise<Record<string, number>> {
    await delay(TAKES_MS)
    const rows = this.#db.prepare('select currency, rate from rate order by currency').all()
    return Object.fromEntries(rows.map(({ currency, rate }) => [currency, rate as number]))
  }

  /** False: there is no such currency. */
  set(currency: string, rate: number): boolean {
    const query = this.#db.prepare('update rate set rate = ? where currency = ?')
    return query.run(rate, currency).changes === 1
  }

  close(): void {
    this.#db.close()
  }
}
