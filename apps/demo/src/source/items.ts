import { DatabaseSync } from 'node:sqlite'
import type { Item } from '../catalog.ts'

/** The source of truth: a table in which every write makes a new version of its row. */
export class ItemTable {
  readonly #db = new DatabaseSync(':memory:')
  readonly #read
  readonly #write

  constructor(count: number) {
    this.#db.exec(`
      CREATE TABLE items (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, text TEXT NOT NULL);
      WITH RECURSIVE ids(id) AS (VALUES (0) UNION ALL SELECT id + 1 FROM ids WHERE id < ${count - 1})
      INSERT INTO items SELECT id, 1, 'item ' || id || ', version 1' FROM ids;
    `)
    this.#read = this.#db.prepare('SELECT id, version, text FROM items WHERE id = ?')
    this.#write = this.#db.prepare(`
      UPDATE items SET version = version + 1, text = 'item ' || id || ', version ' || (version + 1)
      WHERE id = ? RETURNING id, version, text
    `)
  }

  read(id: number): Item {
    return this.#read.get(id) as unknown as Item
  }

  /** Commits a new version, and gives it. */
  write(id: number): Item {
    return this.#write.get(id) as unknown as Item
  }
}
