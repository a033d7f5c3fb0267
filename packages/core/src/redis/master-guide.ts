import type { RedisOptions } from 'ioredis'
import { type RedisClient, renew } from './client.ts'

type NatMap = RedisOptions['natMap']

/** How long an address is shunned after it was last known to be a former master's, in ms: by then a sentinel has told it. */
const SHUNNED_FOR = 15_000

/**
 * Leads clients that ask sentinels past masters that were replaced. Sentinels that have not heard of it name
 * those still, and they take writes for some ten seconds if they run: who is there sees nothing of the others.
 */
export class MasterGuide {
  readonly #shunnedUntil = new Map<string, number>()
  /** Where each client is. */
  readonly #clients = new Map<RedisClient, string>()

  readonly #natMap: NatMap

  /** `natMap`: the user's own, which holds as well. */
  constructor(natMap: NatMap) {
    this.#natMap = natMap
  }

  /** Where its clients are. */
  get places(): Iterable<string> {
    return this.#clients.values()
  }

  /** A former master: whoever is there is led away, and nobody is led there. */
  shun(address: string): void {
    const now = performance.now()
    for (const [other, until] of this.#shunnedUntil) {
      if (until <= now) this.#shunnedUntil.delete(other)
    }
    this.#shunnedUntil.set(address, now + SHUNNED_FOR)
    for (const [client, place] of this.#clients) if (place === address) renew(client)
  }

  /** It is a master, or again. */
  welcome(address: string): void {
    this.#shunnedUntil.delete(address)
  }

  isShunned(address: string): boolean {
    return performance.now() < (this.#shunnedUntil.get(address) ?? 0)
  }

  /** Leads the client that `open` makes. */
  lead<Client extends RedisClient>(open: (natMap: NonNullable<NatMap>) => Client): Client {
    const natMap = this.#natMap
    let named: string | undefined
    // ioredis looks up here what sentinels name; an error makes it ask the next sentinel. Version 5.4 takes no function.
    const lookUps = new Proxy(
      {},
      {
        get: (_target, address) => {
          if (typeof address === 'symbol') return undefined
          if (this.isShunned(address)) throw new Error(`${address} was replaced as the master`)
          named = address
          return typeof natMap === 'function' ? natMap(address) : natMap?.[address]
        },
      },
    )
    const client = open(lookUps)
    client.on('connect', () => {
      if (named === undefined) return
      this.#clients.set(client, named) // sentinels are looked up too, but before the master
      if (this.isShunned(named)) renew(client) // since it was looked up
    })
    client.on('close', () => this.#clients.delete(client))
    return client
  }
}
