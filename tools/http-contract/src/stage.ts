import { createCache } from '@tiercel/core'
import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { afterAll, beforeAll } from 'vitest'
import type { Open } from './ask.ts'
import { type Reply, type RouteOfSite, type Serve, Site } from './site.ts'

/** Patience of a poll: the machine may be busy with other things. */
export const PATIENT = { timeout: 20_000 }

/** What most tests ask for. */
export const GET = {
  method: 'GET',
  path: '/products',
  options: { ttl: '5m', tags: ['products'] },
} as const

export type Handler = RouteOfSite['handler']

/** One Redis, and the instances of each test, in a namespace of its own. */
export class Stage {
  readonly #name: string
  readonly #serve: Serve
  readonly #open: Open
  #redis!: DevRedis
  #count = 0

  constructor(name: string, serve: Serve, open: Open) {
    this.#name = name.replaceAll(/[^a-z\d]+/gi, '-')
    this.#serve = serve
    this.#open = open
    beforeAll(async () => {
      this.#redis = await startRedis()
    })
    afterAll(() => this.#redis.stop())
  }

  get redis(): DevRedis {
    return this.#redis
  }

  /** Two instances, ready. */
  async sites(
    routes: readonly RouteOfSite[],
    redis = this.#redis.url,
  ): Promise<[Site, Site] & AsyncDisposable> {
    const where = { namespace: `${this.#name}-${++this.#count}`, redis }
    const begin = async (): Promise<Site> => {
      const cache = createCache(where)
      await cache.ready()
      return new Site(cache, await this.#serve(cache, routes, where), this.#open)
    }
    const both: [Site, Site] = [await begin(), await begin()]
    return Object.assign(both, {
      async [Symbol.asyncDispose](): Promise<void> {
        for (const site of both) await site[Symbol.asyncDispose]()
      },
    })
  }
}

/** A handler that counts how often it runs. */
export function counted(
  reply: (run: number) => Reply = (run) => ({ body: { run } }),
): Handler & { readonly runs: () => number } {
  let runs = 0
  const handler: Handler = () => reply(++runs)
  return Object.assign(handler, { runs: () => runs })
}

/** Something to wait for. */
export function gated(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open!: () => void
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
