import { DatabaseSync } from 'node:sqlite'
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common'
import { RESPONSES, type ResponseCache } from '@tiercel/nestjs'

export interface Order {
  readonly id: number
  readonly customer: string
  readonly state: string
}

const SCHEMA = `
  pragma busy_timeout = 5000;
  begin immediate;
  create table if not exists "order" (id integer primary key, customer text not null, state text not null);
  insert or ignore into "order" values (1, 'ada', 'open'), (2, 'bob', 'open'), (3, 'ada', 'sent');
  commit;
`

/** Orders in a file of SQLite, and what is to be invalidated when one changes, by whomever. */
@Injectable()
export class Orders implements OnApplicationShutdown {
  @Inject(RESPONSES) readonly responses!: ResponseCache
  readonly #db = new DatabaseSync(process.env['DATABASE_FILE'] ?? 'orders.db')

  constructor() {
    this.#db.exec(SCHEMA)
  }

  of(customer: string): Order[] {
    const query = this.#db.prepare(
      'select id, customer, state from "order" where customer = ? order by id',
    )
    return query.all(customer) as unknown as Order[]
  }

  /** The source first, then the cache: no handler that ran before brings the old state back. */
  async setState(id: number, state: string): Promise<boolean> {
    const query = this.#db.prepare('update "order" set state = ? where id = ? returning customer')
    const customer = query.get(state, id)?.['customer'] as string | undefined
    if (customer === undefined) return false
    await this.responses.invalidateTags([tagOf(customer)])
    return true
  }

  onApplicationShutdown(): void {
    this.#db.close()
  }
}

/** Every response that shows orders of a customer carries it. */
export function tagOf(customer: string): string {
  return `orders of ${customer}`
}
