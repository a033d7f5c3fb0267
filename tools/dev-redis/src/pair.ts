import { Link } from './link.ts'
import { ask, type Address } from './resp/ask.ts'
import type { DevRedis } from './server/dev-redis.ts'
import { LocalGroup } from './server/local-group.ts'
import type { LocalServer } from './server/local-server.ts'
import { type Log, logToStderr } from './server/log.ts'
import { provideBinary } from './server/provide-binary.ts'
import { eventually } from './until.ts'

/** What `startPair` may be told. */
export interface PairOptions {
  /** Hears about slow steps. @default lines on stderr */
  readonly log?: Log
}

/**
 * A primary and its replica behind one address, as behind a managed service's: who is asked there is
 * the primary of the moment. Its fail-over can lose what was acknowledged.
 */
export interface DevPair extends Address, AsyncDisposable {
  readonly url: string
  readonly primary: DevRedis
  readonly replica: DevRedis
  /** From here on the replica gets nothing: what the primary still acknowledges, a fail-over loses. */
  cutLink(): Promise<void>
  /** The replica follows again. */
  healLink(): Promise<void>
  /**
   * The replica becomes the primary, with what it has, and the address leads to it; connections are
   * cut. The former primary forgets what it had more and becomes the replica.
   */
  failover(): Promise<void>
  stop(): Promise<void>
}

/** Starts it from a server program on this machine, and waits until the replica has a copy. */
export async function startPair({ log = logToStderr }: PairOptions = {}): Promise<DevPair> {
  const group = new LocalGroup(await provideBinary(log))
  return group.orStop(async () => {
    const args = ['--repl-diskless-sync-delay', '0']
    const [primary, replica] = await group.start([{ args }, { args }])
    if (primary === undefined || replica === undefined) throw new Error('the pair did not start')
    const pair = new Pair(
      group,
      primary,
      replica,
      await Link.open(primary),
      await Link.open(primary),
    )
    await pair.healLink()
    return pair
  })
}

class Pair implements DevPair {
  readonly host: string
  readonly port: number
  readonly url: string
  primary: LocalServer
  replica: LocalServer
  readonly #group: LocalGroup
  /** What clients connect to. */
  readonly #front: Link
  /** What the replica connects to. */
  readonly #link: Link

  constructor(
    group: LocalGroup,
    primary: LocalServer,
    replica: LocalServer,
    front: Link,
    link: Link,
  ) {
    this.#group = group
    this.primary = primary
    this.replica = replica
    this.#front = front
    this.#link = link
    this.host = front.host
    this.port = front.port
    this.url = `redis://${front.host}:${front.port}`
  }

  async cutLink(): Promise<void> {
    this.#link.cut()
    await eventually('the replica to be alone', async () => !(await this.#isLinked()))
  }

  async healLink(): Promise<void> {
    this.#link.leadTo(this.primary)
    await ask(this.replica, ['REPLICAOF', this.#link.host, this.#link.port])
    await eventually('the replica to have a copy', () => this.#isLinked(), { ms: 30_000 })
  }

  async failover(): Promise<void> {
    this.#front.cut()
    this.#link.cut()
    await ask(this.replica, ['REPLICAOF', 'NO', 'ONE'])
    const former = this.primary
    this.primary = this.replica
    this.replica = former
    this.#front.leadTo(this.primary)
    await this.healLink()
  }

  async stop(): Promise<void> {
    this.#front.close()
    this.#link.close()
    await this.#group.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #isLinked(): Promise<boolean> {
    const info = String(await ask(this.replica, ['INFO', 'replication']))
    return info.includes('master_link_status:up')
  }
}
