import { DatabaseSync } from 'node:sqlite'

export interface Category {
  readonly id: string
  readonly name: string
  readonly products: readonly number[]
}

/** What a product costs in a price list, tax included. */
export interface Offer {
  readonly product: number
  readonly name: string
  readonly list: string
  readonly cents: number
}

const SCHEMA = `
  pragma busy_timeout = 5000;
  begin immediate;
  create table if not exists category (id text primary key, name text not null);
  create table if not exists product (id integer primary key, name text not null, category text not null);
  create table if not exists price (list text, product integer, net integer not null, primary key (list, product));
  create table if not exists setting (name text primary key, value integer not null);
  insert or ignore into category values ('fruit', 'Fruit'), ('tea', 'Tea');
  insert or ignore into product values (1, 'Apple', 'fruit'), (2, 'Pear', 'fruit'), (3, 'Assam', 'tea');
  insert or ignore into price values ('retail', 1, 100), ('retail', 2, 150), ('retail', 3, 900);
  insert or ignore into price values ('trade', 1, 60), ('trade', 2, 90), ('trade', 3, 500);
  insert or ignore into setting values ('vat', 20);
  commit;
`

/** The source of truth: a file of SQLite, for there is nothing to install then. It knows nothing of a cache. */
export class Catalogue {
  readonly #db: DatabaseSync

  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    this.#db.exec(SCHEMA)
  }

  /** In the order of `products`; `undefined` where there is none. */
  offers(list: string, products: readonly number[]): (Offer | undefined)[] {
    const query = this.#db.prepare(`
      select product.id as product, product.name, list, round(net * (100 + value) / 100.0) as cents
      from product join price on price.product = product.id join setting on setting.name = 'vat'
      where list = ? and product.id = ?`)
    return products.map((id) => query.get(list, id) as Offer | undefined)
  }

  category(id: string): Category | undefined {
    const found = this.#db.prepare('select id, name from category where id = ?').get(id)
    if (found === undefined) return undefined
    const rows = this.#db.prepare('select id from product where category = ? order by id').all(id)
    const products = rows.map((row) => row['id'] as number)
    return { id, name: found['name'] as string, products }
  }

  /** Names of the categories, with how many products are in each. */
  overview(): object[] {
    const query = this.#db.prepare(`
      select category.name, count(*) as products from category
      join product on product.category = category.id group by category.id order by category.id`)
    return query.all()
  }

  /** These answer whether there was such a row. */
  rename(category: string, name: string): boolean {
    const query = this.#db.prepare('update category set name = ? where id = ?')
    return query.run(name, category).changes === 1
  }

  setPrice(list: string, product: number, net: number): boolean {
    const query = this.#db.prepare('update price set net = ? where list = ? and product = ?')
    return query.run(net, list, product).changes === 1
  }

  setVat(percent: number): boolean {
    const query = this.#db.prepare(`update setting set value = ? where name = 'vat'`)
    return query.run(percent).changes === 1
  }

  close(): void {
    this.#db.close()
  }
}
