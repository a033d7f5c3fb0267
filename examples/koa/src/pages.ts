import { DatabaseSync } from 'node:sqlite'

export const LANGUAGES = ['en', 'de', 'fr'] as const
export type Language = (typeof LANGUAGES)[number]

const SCHEMA = `
  pragma busy_timeout = 5000;
  begin immediate;
  create table if not exists page (language text primary key, text text not null);
  insert or ignore into page values ('en', 'Welcome'), ('de', 'Willkommen'), ('fr', 'Bienvenue');
  create table if not exists visit (user text primary key, count integer not null);
  commit;
`

/** The source of truth: a file of SQLite. It knows nothing of a cache. */
export class Pages {
  readonly #db: DatabaseSync

  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    this.#db.exec(SCHEMA)
  }

  text(language: Language): string {
    const row = this.#db.prepare('select text from page where language = ?').get(language)
    return String(row?.['text'])
  }

  write(language: Language, text: string): void {
    this.#db.prepare('update page set text = ? where language = ?').run(text, language)
  }

  /** How often the source was asked what a user has: not at all for what the cache answers. */
  asked(user: string): number {
    const query = this.#db.prepare(`
      insert into visit values (?, 1) on conflict do update set count = count + 1 returning count`)
    return query.get(user)?.['count'] as number
  }

  close(): void {
    this.#db.close()
  }
}
