import type { Pool } from 'pg'

export interface Product {
  readonly id: number
  readonly name: string
  readonly cents: number
}

/** The table, and a trigger that says which row has changed, whoever changed it. */
const SCHEMA = `
  create table if not exists example_products (id int primary key, name text not null, cents int not null);
  insert into example_products values (1, 'Apple', 120), (2, 'Pear', 180), (3, 'Quince', 310) on conflict do nothing;

  create or replace function example_product_changed() returns trigger language plpgsql as $$
  begin
    perform pg_notify('example_products', coalesce(new.id, old.id)::text);
    return null;
  end $$;
  create or replace trigger example_product_changed after insert or update or delete
    on example_products for each row execute function example_product_changed();
`

/** The source of truth. It knows nothing of a cache. */
export class Products {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Makes the table, once for all instances that start together. */
  async prepare(): Promise<void> {
    await this.#pool.query(`begin; select pg_advisory_xact_lock(20261121); ${SCHEMA} commit`)
  }

  async find(id: number): Promise<Product | undefined> {
    const { rows } = await this.#pool.query<Product>(
      'select id, name, cents from example_products where id = $1',
      [id],
    )
    return rows[0]
  }

  async list(): Promise<Product[]> {
    const { rows } = await this.#pool.query<Product>(
      'select id, name, cents from example_products order by id',
    )
    return rows
  }

  /** False: there is no such product. */
  async setPrice(id: number, cents: number): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      'update example_products set cents = $2 where id = $1',
      [id, cents],
    )
    return rowCount === 1
  }
}
