import { type Address, type Proxy, startProxy } from '@tiercel/dev-redis'

/** What a proxy can do to some of its messages, as a matcher or a share. */
type Share = Parameters<Proxy['dropMessages']>

/**
 * The way of one instance to all servers: a proxy before each of them. It outlives the instance.
 * Messages are lost on their way from servers alone: an instance that is not told by sentinels of a new
 * master stays with the former one, and what two masters say is not promised.
 */
export class Link {
  /** By the `host:port` of the server: what a client is to take instead, as ioredis' `natMap`. */
  readonly natMap: Record<string, { host: string; port: number }> = {}
  readonly #proxies: Proxy[] = []
  #servers: readonly Proxy[] = []

  static async open(
    targets: readonly (Address | string)[],
    watchers: readonly Address[] = [],
  ): Promise<Link> {
    const link = new Link()
    for (const target of [...targets, ...watchers]) {
      const proxy = await startProxy({ target })
      link.#proxies.push(proxy)
      const { host, port } = proxy
      if (typeof target !== 'string') link.natMap[nameOf(target)] = { host, port }
    }
    link.#servers = link.#proxies.slice(0, targets.length)
    return link
  }

  /** The proxy before the only server, or the first. */
  get url(): string {
    return (this.#proxies[0] as Proxy).url
  }

  /** What stands before `addresses`. */
  before(addresses: readonly Address[]): { host: string; port: number }[] {
    return addresses.map((address) => this.natMap[nameOf(address)] ?? { ...address })
  }

  partition(): void {
    for (const proxy of this.#proxies) proxy.partition()
  }

  async heal(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.heal()))
  }

  holdReplies(): void {
    for (const proxy of this.#proxies) proxy.hold('down')
  }

  releaseReplies(): void {
    for (const proxy of this.#proxies) proxy.release('down')
  }

  delay(ms: number): void {
    for (const proxy of this.#proxies) proxy.delay(ms)
  }

  cutSubscriptions(): void {
    for (const proxy of this.#servers) proxy.subscribers().cut()
  }

  /** Gives a function that ends it. */
  dropMessages(...share: Share): () => void {
    const ends = this.#servers.map((proxy) => proxy.dropMessages(...share))
    return () => {
      for (const end of ends) end()
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()))
  }
}

function nameOf({ host, port }: Address): string {
  return `${host}:${port}`
}
