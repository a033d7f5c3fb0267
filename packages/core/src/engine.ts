import type { Bus } from './bus.ts'
import { type Clock, systemClock, upTo } from './clock.ts'
import { Mutator } from './write/mutate.ts'
import { type Context, newContext } from './context.ts'
import { DeclaredFamilies } from './families/declared-families.ts'
import { LiveSettings } from './families/live-settings.ts'
import { LruL1, NoL1 } from './memory/lru-l1.ts'
import { openShard } from './open-shard.ts'
import { Reader } from './read/read.ts'
import type { Settings } from './settings.ts'
import type { Shard } from './shard.ts'
import type { L1, L2 } from './tiers.ts'
import { Counter } from './write/count.ts'
import { ConfigError } from './errors.ts'
import { Turns } from './write/turns.ts'
import { Updater } from './write/update.ts'
import type { WriteQueue } from './write-behind/queue.ts'
import { Writer } from './write/write.ts'

/** The shared side of a cache: the tier behind L1 and the channel between the instances. */
export interface Backend {
  /** One L2 for each shard. */
  readonly shards: readonly L2[]
  readonly bus: Bus
  /** The queue of a writer in a shard, where there are queues. */
  readonly queue?: (shard: number, writer: string) => WriteQueue
  shardOf(key: string): number
  /** Gives up connections that do not answer, for new ones. */
  reset(): void
  close(): Promise<void>
}

/** What the connections to the shared side tell. */
export interface BackendListener {
  /** Connected, or connected again. */
  readonly onConnected: () => void
  readonly onError: (error: unknown) => void
}

/** Ends what runs behind a writer, in so many milliseconds. Does not reject. */
export type Drain = (within: number) => Promise<void>

/** Opens the shared side; `undefined` for a cache without Redis. */
export type Connect = (listener: BackendListener) => Backend | undefined

/** What runs a cache: its shards, and what keeps them coherent. All namespaces of a cache share one. */
export class Engine {
  readonly context: Context
  readonly l1: L1
  readonly shards: readonly Shard[]
  readonly reader: Reader
  readonly writer: Writer
  readonly live: LiveSettings
  readonly families: DeclaredFamilies = new DeclaredFamilies()
  readonly updater: Updater
  readonly counter: Counter
  /** One write to the source of truth at a time, for each key. */
  readonly turns: Turns = new Turns()
  readonly #drains: Map<string, Drain> = new Map()
  readonly mutator: Mutator
  readonly #backend: Backend | undefined
  #isClosed = false
  #isDraining = false
  #isSubscribed = false
  #closing: Promise<void> | undefined

  constructor(settings: Settings, connect: Connect, clock: Clock = systemClock) {
    const { maxEntries, maxBytes } = settings
    const context = newContext(settings, clock)
    const l1 = maxEntries === 0 ? new NoL1() : new LruL1(maxEntries, maxBytes)
    const backend = connect({
      onConnected: () => this.#askAnew(),
      onError: (error) => {
        context.counters.tierErrors++
        context.report.tier({ state: 'error', error })
      },
    })
    const links = {
      resubscribe: () => backend?.bus.reconnect(),
      reconnect: () => backend?.reset(),
      onAnswer: () => this.live.check(),
    }
    const tiers = backend?.shards ?? [undefined]
    this.context = context
    this.l1 = l1
    this.#backend = backend
    this.shards = tiers.map((l2, index) => openShard(context, l1, l2, index, links))
    this.reader = new Reader(context)
    this.writer = new Writer(context, this.shards, (key) => this.shardOf(key))
    this.live = new LiveSettings(context, this.shards[0] as Shard)
    this.updater = new Updater(context, (key) => this.shardOf(key))
    this.counter = new Counter(context, (key) => this.shardOf(key), this.updater)
    this.mutator = new Mutator(context, this.shards, (key) => this.shardOf(key))
    this.#start()
  }

  /** Whether messages of the other instances arrive, as far as can be told. */
  get isSubscribed(): boolean {
    return this.#isSubscribed
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Closed, but for writers that bring to the source what waits. */
  get isDraining(): boolean {
    return this.#isDraining
  }

  shardOf(key: string): Shard {
    return this.shards[this.#backend?.shardOf(key) ?? 0] as Shard
  }

  /**
   * What opens the queue of a writer in each shard.
   *
   * @throws {ConfigError} when there is a writer of that name, or none can have a queue
   */
  openQueues(writer: string): (shard: number) => WriteQueue {
    const queue = this.#backend?.queue
    if (queue === undefined) {
      throw new ConfigError(`the writer "${writer}" needs redis for its mode "behind"`)
    }
    if (this.#drains.has(writer)) throw new ConfigError(`there is a writer "${writer}" already`)
    return (shard) => queue(shard, writer)
  }

  /** Has what waits for the source written before the connections end. */
  addDrain(writer: string, drain: Drain): void {
    this.#drains.set(writer, drain)
  }

  /** Resolves once every shard follows a numbering; rejects with why one does not `within` the time. */
  async ready(within: number): Promise<void> {
    const until = this.context.clock.now() + within
    await Promise.all(this.shards.map(async ({ shared }) => shared?.watch.knownBy(until)))
    await this.live.settled()
  }

  /** Ends what runs, waiting at most `within` milliseconds for what is under way. */
  close(within: number): Promise<void> {
    this.#closing ??= this.#end(within)
    return this.#closing
  }

  async #end(within: number): Promise<void> {
    this.#isClosed = true
    this.#isDraining = true
    const { background, aborts, clock } = this.context
    for (const abort of aborts) abort.abort()
    const drains = [...this.#drains.values()].map((drain) => drain(within))
    for (const { originator, shared } of this.shards) {
      originator.hurry()
      // Once more: nobody brings it after this.
      const isKeeping = shared !== undefined && originator.kept > 0
      if (isKeeping) background.add(shared.watch.ask().catch(() => {})) // reported there
    }
    await upTo(clock, within, background.idle())
    await Promise.all(drains)
    this.#isDraining = false
    for (const { shared, view, originator } of this.shards) {
      originator.drop()
      shared?.watch.stop()
      view.minStamp = Infinity // what still comes is installed no more
    }
    this.l1.clear()
    await this.#backend?.bus.close()
    await this.#backend?.close()
  }

  /** After a connection: asks now what may have been missed, instead of with the next beat. */
  #askAnew(): void {
    const { serverIdentity } = this.context.settings
    for (const { shared } of this.shards) {
      shared?.watch.connected(serverIdentity === 'none')
      shared?.watch.ask().catch(() => {}) // reported there
    }
  }

  #start(): void {
    const { counters, report } = this.context
    this.#backend?.bus.start({
      onMessage: (shard, message) => {
        counters.messages++
        this.shards[shard]?.shared?.watch.onMessage(message)
        this.live.check()
      },
      onSubscribed: () => {
        this.#isSubscribed = true
        report.bus({ state: 'subscribed' })
        for (const { shared } of this.shards) shared?.watch.subscribed()
        this.#askAnew()
      },
      onError: (error) => {
        counters.busErrors++
        report.bus({ state: 'error', error })
      },
      // Not needed for the bound, which the beat keeps: it only makes the reaction faster.
      onLost: () => {
        this.#isSubscribed = false
        report.bus({ state: 'lost' })
        for (const { view } of this.shards) view.trustUntil = -Infinity
      },
    })
    for (const { shared } of this.shards) shared?.watch.start()
  }
}
