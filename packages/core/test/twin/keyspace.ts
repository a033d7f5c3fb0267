/** A value and the instant at which it is gone, in the server's milliseconds. Values are never changed in place. */
interface Stored {
  readonly value: unknown
  readonly until: number
}

export type Data = ReadonlyMap<string, Stored>

/** Names and values of one server, which expire by its clock. */
export class Keyspace {
  #data = new Map<string, Stored>()
  readonly #millis: () => number

  constructor(millis: () => number) {
    this.#millis = millis
  }

  get<T>(name: string): T | undefined {
    return this.#find(name)?.value as T | undefined
  }

  /** When `name` is gone; `Infinity` for one that stays, `undefined` for one that is not there. */
  until(name: string): number | undefined {
    return this.#find(name)?.until
  }

  set(name: string, value: unknown, ttl = Infinity): void {
    this.#data.set(name, { value, until: this.#millis() + ttl })
  }

  /** `SET … XX KEEPTTL` */
  setKeepingTtl(name: string, value: unknown): void {
    const stored = this.#find(name)
    if (stored !== undefined) this.#data.set(name, { value, until: stored.until })
  }

  /** `PEXPIRE` */
  expire(name: string, ttl: number): void {
    const stored = this.#find(name)
    if (stored !== undefined) this.set(name, stored.value, ttl)
  }

  /** `PEXPIRE … GT` */
  prolong(name: string, ttl: number): void {
    const stored = this.#find(name)
    if (stored !== undefined && this.#millis() + ttl > stored.until) this.expire(name, ttl)
  }

  delete(...names: readonly string[]): void {
    for (const name of names) this.#data.delete(name)
  }

  flush(): void {
    this.#data.clear()
  }

  names(): string[] {
    return [...this.#data.keys()].filter((name) => this.#find(name) !== undefined)
  }

  /** All there is now, for `restore`. */
  copy(): Data {
    return new Map(this.#data)
  }

  restore(data: Data): void {
    this.#data = new Map(data)
  }

  #find(name: string): Stored | undefined {
    const stored = this.#data.get(name)
    if (stored === undefined || stored.until > this.#millis()) return stored
    this.#data.delete(name)
    return undefined
  }
}
