import type { RedisTwin } from '../twin/redis-twin.ts'
import type { ShardTwin } from '../twin/shard-twin.ts'
import { Link } from './link.ts'
import type { Network, Socket, Way } from './network.ts'
import type {
  Acquired,
  Change,
  CountRequest,
  Counted,
  ExtendRequest,
  FillRequest,
  Filled,
  L2,
  L2Read,
  Meta,
  Replay,
  SwapRequest,
  Swapped,
} from '../../src/tiers.ts'

/** What happens around the commands of one instance. */
export interface CommandEvents {
  isUp(): boolean
  /** At the server, when the command is about to be executed. */
  onExecute(what: string): void
  onExecuted(): void
  onReply(what: string): void
  /** Values that are set, on their way; and when they have arrived or never will. */
  onSetSent(keys: readonly string[]): void
  onSetGone(keys: readonly string[]): void
}

/** The connection that one instance's commands go over. */
export class CommandLink {
  readonly link: Link
  readonly #events: CommandEvents
  readonly #pending = new Set<(error: Error) => void>()

  constructor(network: Network, way: Way, events: CommandEvents, onReady: () => void) {
    this.#events = events
    this.link = new Link(network, way, 'commands', {
      isUp: () => events.isUp(),
      onAccepted: () => {},
      onReady,
      onClosed: () => {
        for (const reject of this.#pending) reject(new Error('connection closed'))
        this.#pending.clear()
      },
    })
    this.link.connect()
  }

  /** Runs `execute` at the server; the answer comes back over the same connection. */
  call<T>(what: string, execute: () => T, sets: readonly string[] = []): Promise<T> {
    const { socket } = this.link
    if (!this.link.isReady || socket === undefined) {
      return Promise.reject(new Error('not connected'))
    }
    if (sets.length > 0) this.#events.onSetSent(sets)
    return new Promise<T>((resolve, reject) => {
      this.#pending.add(reject)
      const arrived = (): void => {
        this.#events.onExecute(what)
        const reply = execute()
        if (sets.length > 0) this.#events.onSetGone(sets)
        this.#events.onExecuted()
        this.#answer(socket, what, () => {
          if (this.#pending.delete(reject)) resolve(reply)
        })
      }
      socket.up(what, arrived, () => {
        if (sets.length > 0) this.#events.onSetGone(sets)
      })
    })
  }

  #answer(socket: Socket, what: string, deliver: () => void): void {
    socket.down(what, () => {
      this.#events.onReply(what)
      deliver()
    })
  }
}

/** One shard of the fake server, as one instance reaches it. */
export class FakeL2 implements L2 {
  readonly #commands: CommandLink
  readonly #redis: RedisTwin
  readonly #index: number

  constructor(commands: CommandLink, redis: RedisTwin, index: number) {
    this.#commands = commands
    this.#redis = redis
    this.#index = index
  }

  async hello(): Promise<{ meta: Meta; time: number }> {
    await this.#commands.link.connected()
    return this.#commands.call(this.#what('hello'), () => this.#shard.hello())
  }

  read(keys: readonly string[], tags: readonly string[]): Promise<L2Read> {
    const what = this.#what('read', ...keys, ...tags)
    return this.#commands.call(what, () => this.#shard.read(keys, tags))
  }

  acquire(keys: readonly string[], fenceTtl: number, leaseTtl: number): Promise<Acquired> {
    return this.#commands.call(this.#what('acquire', ...keys), () =>
      this.#shard.acquire(keys, fenceTtl, leaseTtl),
    )
  }

  fill(request: FillRequest): Promise<Filled> {
    const what = this.#what('fill', request.key)
    return this.#commands.call(what, () => this.#shard.fill(request))
  }

  extend(request: ExtendRequest): Promise<number> {
    const what = this.#what('extend', request.key)
    return this.#commands.call(what, () => this.#shard.extend(request))
  }

  release(key: string, token: string): Promise<void> {
    return this.#commands.call(this.#what('release', key), () => this.#shard.release(key, token))
  }

  change(change: Change, payload: string): Promise<Meta> {
    // As it is when the call is made: what is sent does not change any more.
    const sent = { ...change, keys: new Map(change.keys), tags: new Set(change.tags) }
    const sets = [...sent.keys].filter(([, { kind }]) => kind === 'set').map(([key]) => key)
    return this.#commands.call(
      this.#what('change', payload),
      () => this.#shard.change(sent, payload),
      sets,
    )
  }

  swap(request: SwapRequest, payload: string): Promise<Swapped> {
    const what = this.#what('swap', request.key)
    return this.#commands.call(what, () => this.#shard.swap(request, payload), [request.key])
  }

  count(request: CountRequest, payload: string): Promise<Counted> {
    const what = this.#what('count', request.key)
    return this.#commands.call(what, () => this.#shard.count(request, payload), [request.key])
  }

  replay(line: string, inc: string, from: number, max: number): Promise<Replay> {
    return this.#commands.call(this.#what('replay'), () => this.#shard.replay(line, inc, from, max))
  }

  get #shard(): ShardTwin {
    return this.#redis.shards[this.#index] as ShardTwin
  }

  #what(...words: readonly string[]): string {
    return `${this.#index}:${words.join(' ')}`
  }
}
