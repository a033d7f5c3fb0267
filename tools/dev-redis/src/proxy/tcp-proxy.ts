import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { freePort } from '../server/free-port.ts'
import {
  CommandHolds,
  type CommandHold,
  type CommandMatcher,
  type HoldOptions,
} from './command-holds.ts'
import { type Connection, ProxyConnection } from './connection.ts'
import { ConnectionSet } from './connection-set.ts'
import type { Direction } from './faults.ts'
import { type HeldMessages, type MessageMatcher, MessageRules } from './messages.ts'
import type { ChanceOptions, Proxy, ProxyTarget } from './proxy.ts'
import { newStats, type ProxyStats } from './stats.ts'

const HOST = '127.0.0.1'

/** Starts a proxy on a free port before `target`, which need not be up. */
export async function startProxy({ target }: { readonly target: ProxyTarget }): Promise<Proxy> {
  const proxy = new TcpProxy(target, await freePort())
  await proxy.refuse(false)
  return proxy
}

class TcpProxy implements Proxy {
  readonly host = HOST
  readonly port: number
  readonly url: string
  readonly stats: ProxyStats = newStats()
  readonly #target: { readonly host: string; readonly port: number }
  readonly #holds = new CommandHolds()
  readonly #rules = new MessageRules()
  readonly #open = new Set<ProxyConnection>()
  readonly #held = new Set<Direction>()
  readonly #dropping = new Set<Direction>()
  #delay = 0
  #server: Server | undefined

  constructor(target: ProxyTarget, port: number) {
    this.port = port
    const url = new URL(
      typeof target === 'string' ? target : `redis://${target.host}:${target.port}`,
    )
    const host = url.hostname.replace(/^\[|\]$/g, '') || HOST
    this.#target = { host, port: Number(url.port || 6379) }
    // Keeps what else the URL says: a password, a database.
    url.hostname = HOST
    url.port = String(port)
    this.url = url.href
  }

  connections(): ConnectionSet {
    return new ConnectionSet(this.#open)
  }

  subscribers(): ConnectionSet {
    return this.#ofKind('subscriber')
  }

  commands(): ConnectionSet {
    return this.#ofKind('commands')
  }

  hold(direction?: Direction): void {
    for (const way of ways(direction)) this.#held.add(way)
    this.connections().hold(direction)
  }

  release(direction?: Direction): void {
    for (const way of ways(direction)) this.#held.delete(way)
    this.connections().release(direction)
  }

  delay(ms: number): void {
    this.#delay = ms
    this.connections().delay(ms)
  }

  drop(direction: Direction, on = true): void {
    if (on) this.#dropping.add(direction)
    else this.#dropping.delete(direction)
    this.connections().drop(direction, on)
  }

  cut(): void {
    this.connections().cut()
  }

  async refuse(on = true): Promise<void> {
    if (on) {
      // Stops listening at once; its callback would wait for the connections to end.
      this.#server?.close()
      this.#server = undefined
    } else if (this.#server === undefined) {
      const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
      this.#server = server
      await listen(server, this.port)
      // A proxy alone does not keep the process running.
      server.unref()
    }
  }

  partition(): void {
    for (const way of ways()) this.drop(way)
  }

  async heal(): Promise<void> {
    this.#holds.clear()
    this.#rules.clear()
    for (const way of ways()) this.drop(way, false)
    this.delay(0)
    this.release()
    await this.refuse(false)
  }

  holdReply(matcher: CommandMatcher, options?: HoldOptions): CommandHold {
    return this.#holds.add('reply', matcher, options)
  }

  holdCommand(matcher: CommandMatcher, options?: HoldOptions): CommandHold {
    return this.#holds.add('command', matcher, options)
  }

  dropMessages(matcher: MessageMatcher, options?: ChanceOptions): () => void {
    return this.#rules.add('drop', matcher, options?.random)
  }

  duplicateMessages(matcher: MessageMatcher, options?: ChanceOptions): () => void {
    return this.#rules.add('duplicate', matcher, options?.random)
  }

  holdMessages(matcher: MessageMatcher = () => true): HeldMessages {
    return this.#rules.hold(matcher)
  }

  async stop(): Promise<void> {
    await this.refuse()
    this.#holds.clear()
    for (const connection of this.#open) connection.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #ofKind(kind: Connection['kind']): ConnectionSet {
    return new ConnectionSet([...this.#open].filter((connection) => connection.kind === kind))
  }

  #accept(client: Socket): void {
    const id = ++this.stats.accepted
    const server = connect({ ...this.#target, allowHalfOpen: true })
    const shared = { holds: this.#holds, rules: this.#rules, stats: this.stats }
    const connection = new ProxyConnection(id, client, server, shared, () => {
      this.#open.delete(connection)
    })
    this.#open.add(connection)
    for (const way of this.#held) connection.hold(way)
    for (const way of this.#dropping) connection.drop(way)
    connection.delay(this.#delay)
  }
}

function ways(direction?: Direction): readonly Direction[] {
  return direction === undefined ? ['up', 'down'] : [direction]
}

/** Somebody may look at the port, to see whether it is free, in the moment that we want it back. */
async function listen(server: Server, port: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      server.listen(port, HOST)
      await once(server, 'listening')
      return
    } catch (error) {
      if (attempt === 10 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
