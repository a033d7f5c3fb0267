import { type DevRedis, type Proxy, startProxy } from '@tiercel/dev-redis'
import type { CheckerConfig, FromChecker, ToChecker } from './checker/process.ts'
import { Child } from './child.ts'
import type { InstanceConfig } from './instance/process.ts'
import type { Sample } from './instance/sampler.ts'
import type { Options } from './options.ts'
import type { SourceConfig } from './source/process.ts'

/** What the cluster tells of its processes. */
export interface ClusterEvents {
  readonly onSample: (incarnation: number, sample: Sample) => void
  readonly onChecker: (message: FromChecker) => void
  readonly onCrash: (reason: string) => void
}

/** A process that was started. */
export interface Started {
  readonly role: string
  readonly pid: number
}

/** An instance as it is now. */
interface Instance {
  readonly child: Child<Sample>
  readonly incarnation: number
}

/** How long news may take to reach the checker before it would count as a failure. */
const NEWS = 50

/** The processes of the demo: the source, the instances, each behind a proxy of its own, the checker. */
export class Cluster {
  /** By instance. A proxy outlives the incarnations of its instance. */
  readonly proxies: Proxy[] = []
  /** Every process that was ever started. */
  readonly started: Started[] = []
  readonly #options: Options
  readonly #redis: DevRedis
  readonly #events: ClusterEvents
  readonly #namespace = `demo:${process.pid}:${Date.now().toString(36)}`
  readonly #children = new Set<Child<never>>()
  readonly #instances: Instance[] = []
  #checker: Child<FromChecker> | undefined
  #sourcePort = 0
  #incarnations = 0

  constructor(options: Options, redis: DevRedis, events: ClusterEvents) {
    this.#options = options
    this.#redis = redis
    this.#events = events
    this.started.push({ role: 'redis', pid: redis.pid ?? 0 })
  }

  async start(): Promise<void> {
    const { seed, bound, instances } = this.#options
    const source = this.#child('source', { seed }, () => {})
    this.#checker = this.#child('checker', { seed, bound }, this.#events.onChecker)
    ;[this.#sourcePort] = await Promise.all([source.ready(), this.#checker.ready()])
    const { url, host, port, external } = this.#redis
    for (let i = 0; i < instances; i++) {
      this.proxies.push(await startProxy({ target: external ? url : { host, port } }))
    }
    await Promise.all(this.proxies.map((_, instance) => this.#startInstance(instance)))
  }

  tell(message: ToChecker): void {
    this.#checker?.tell(message)
  }

  /** Which incarnations are up. */
  get incarnations(): readonly number[] {
    return this.#instances.map(({ incarnation }) => incarnation)
  }

  /** Ends an instance without warning and starts it anew, with nothing in its memory, after `pause`. */
  async replace(instance: number, pause: () => Promise<void>): Promise<void> {
    const { child, incarnation } = this.#instances[instance] as Instance
    this.tell({ type: 'down', incarnation })
    await new Promise((resolve) => setTimeout(resolve, NEWS))
    await child.kill()
    this.#children.delete(child)
    await pause()
    await this.#startInstance(instance)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.stop()))
    await Promise.all(this.proxies.map((proxy) => proxy.stop()))
  }

  async #startInstance(instance: number): Promise<void> {
    const incarnation = ++this.#incarnations
    const config: InstanceConfig = {
      namespace: this.#namespace,
      redis: (this.proxies[instance] as Proxy).url,
      bound: this.#options.bound,
      sourcePort: this.#sourcePort,
    }
    const child = this.#child<Sample>('instance', config, (sample) =>
      this.#events.onSample(incarnation, sample),
    )
    this.#instances[instance] = { child, incarnation }
    this.tell({ type: 'up', target: { instance, incarnation, port: await child.ready() } })
  }

  #child<Message extends { readonly type: string }>(
    role: 'source' | 'instance' | 'checker',
    config: SourceConfig | InstanceConfig | CheckerConfig,
    onMessage: (message: Message) => void,
  ): Child<Message> {
    const file = new URL(`${role}/process.ts`, import.meta.url)
    const { onCrash } = this.#events
    const child = new Child<Message>(role, file, config, { onMessage, onCrash })
    this.#children.add(child)
    this.started.push({ role, pid: child.pid })
    return child
  }
}
