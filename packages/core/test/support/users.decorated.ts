import { type Cache, cached } from '../../src/index.ts'

/** A class as an application has it. */
export class Users {
  finds = 0
  readonly cache: Cache
  readonly region: string

  constructor(cache: Cache, region: string) {
    this.cache = cache
    this.region = region
  }

  @cached(({ cache }: Users) => cache, { key: 'users:{0}', ttl: '1h' })
  async find(id: number): Promise<{ id: number; of: string }> {
    this.finds++
    return { id, of: this.region }
  }

  @cached(({ cache }: Users) => cache, {
    key(this: Users, name: string) {
      return `${this.region}:${name}`
    },
  })
  async named(name: string): Promise<string> {
    return `${this.region} ${name}`
  }
}
