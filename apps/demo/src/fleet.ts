import { Child } from './child.ts'
import type { Peer } from './checker/checker.ts'
import type { InstanceConfig } from './instance/process.ts'
import type { FromInstance, ToInstance } from './instance/messages.ts'
import type { Options } from './options.ts'
import type { SourceConfig } from './source/process.ts'
import { Link } from './topology/link.ts'
import type { Topology } from './topology/topology.ts'

/** What the fleet tells of its processes. */
export interface FleetEvents {
  readonly onMessage: (peer: Peer, message: FromInstance) => void
  /** It was killed. */
  readonly onDown: (peer: Peer) => void
  readonly onCrash: (reason: string) => void
}

/** A process that was started. */
export interface Started {
  readonly role: string
  readonly pid: number
}

/** An instance as it is now. */
interface Instance extends Peer {
  readonly child: Child<FromInstance>
}

/** Entries of L1: enough for all items, except in the last instance, which so asks L2 more often. */
const ENTRIES = 1_000
const FEW_ENTRIES = 160

/** The processes of a run: the source, and the instances, each behind a link of its own. */
export class Fleet {
  /** By instance. A link outlives the incarnations of its instance. */
  readonly links: Link[] = []
  /** Every process that was ever started. */
  readonly started: Started[] = []
  readonly #options: Options
  readonly #topology: Topology
  readonly #namespace: string
  readonly #events: FleetEvents
  readonly #children = new Set<Pick<Child<FromInstance>, 'stop'>>()
  readonly #instances: Instance[] = []
  #sourcePort = 0
  #incarnations = 0
  #phase: 'quiet' | 'calm' | 'storm' | 'over' = 'quiet'

  constructor(options: Options, topology: Topology, namespace: string, events: FleetEvents) {
    this.#options = options
    this.#topology = topology
    this.#namespace = namespace
    this.#events = events
    for (const pid of topology.pids) this.started.push({ role: 'redis', pid })
  }

  async start(): Promise<void> {
    const source = this.#child('source', { seed: this.#options.seed }, () => {})
    this.#sourcePort = await source.ready()
    for (let i = 0; i < this.#options.instances; i++) {
      const { targets, watchers } = this.#topology
      this.links.push(await Link.open(targets, watchers))
    }
    await Promise.all(this.links.map((_, instance) => this.#startInstance(instance)))
  }

  /** Which incarnations are up. */
  get incarnations(): readonly number[] {
    return this.#instances.map(({ incarnation }) => incarnation)
  }

  /** Reads and writes begin. */
  begin(): void {
    this.#phase = 'calm'
    this.#tellAll({ type: 'begin', isCalm: true })
  }

  /** What was calm is over. */
  async storm(): Promise<void> {
    this.#phase = 'storm'
    await this.#askAll('storm', 'calm')
  }

  /** Reads and writes are over. */
  async end(): Promise<void> {
    this.#phase = 'over'
    await this.#askAll('end', 'ended')
  }

  /** Every instance reads every item. */
  async readAll(): Promise<void> {
    await this.#askAll('readAll', 'readAll')
  }

  /** Ends an instance without warning and starts it anew, with nothing in its memory, after `pause`. */
  async replace(instance: number, pause: () => Promise<void>): Promise<void> {
    const { child, incarnation } = this.#instances[instance] as Instance
    await child.kill()
    this.#children.delete(child)
    this.#events.onDown({ instance, incarnation })
    await pause()
    await this.#startInstance(instance)
  }

  /** Stops an instance's process until `pause` has resolved. */
  async freeze(instance: number, pause: () => Promise<void>): Promise<void> {
    const { child } = this.#instances[instance] as Instance
    child.signal('SIGSTOP')
    await pause()
    child.signal('SIGCONT')
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.stop()))
    await Promise.all(this.links.map((link) => link.stop()))
  }

  async #startInstance(instance: number): Promise<void> {
    const incarnation = ++this.#incarnations
    const { seed, bound, instances, rate } = this.#options
    const config: InstanceConfig = {
      namespace: this.#namespace,
      redis: this.#topology.redisFor(this.links[instance] as Link),
      bound,
      entries: instance > 0 && instance === instances - 1 ? FEW_ENTRIES : ENTRIES,
      // Another incarnation does other things, as seldom as two are alike.
      seed: seed + incarnation,
      instance,
      rate: rate / instances,
      sourcePort: this.#sourcePort,
    }
    const peer = { instance, incarnation }
    const child = this.#child<FromInstance>('instance', config, (message) =>
      this.#events.onMessage(peer, message),
    )
    this.#instances[instance] = { ...peer, child }
    await child.ready()
    if (this.#phase === 'storm') {
      child.tell({ type: 'begin', isCalm: false } satisfies ToInstance)
    }
  }

  #tellAll(message: ToInstance): void {
    for (const { child } of this.#instances) child.tell(message)
  }

  async #askAll(type: 'storm' | 'end' | 'readAll', answer: FromInstance['type']): Promise<void> {
    const answers = this.#instances.map(({ child }) => child.next(answer))
    this.#tellAll({ type })
    await Promise.all(answers)
  }

  #child<Message extends { readonly type: string }>(
    role: 'source' | 'instance',
    config: SourceConfig | InstanceConfig,
    onMessage: (message: Message) => void,
  ): Child<Message> {
    const file = new URL(`${role}/process.ts`, import.meta.url)
    const { onCrash } = this.#events
    const { broken } = this.#options
    const child = new Child<Message>(role, file, config, { onMessage, onCrash }, broken)
    this.#children.add(child)
    this.started.push({ role, pid: child.pid })
    return child
  }
}
