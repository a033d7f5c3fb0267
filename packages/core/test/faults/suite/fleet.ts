import { until } from '../../support/until.ts'
import { type Ground, type GroundName, openGround } from './grounds.ts'
import { type Desk, Instance } from './instance.ts'

/** What all runs of a fleet share. Durations are milliseconds. */
export interface FleetOptions {
  readonly instances: number
  readonly bound: number
  readonly beat: number
  /** Longest wait for Redis. */
  readonly timeout: number
}

/** How long it may take until all is well again. Far above what is measured, for a slow machine. */
const WELL_WITHIN = 60_000

let fleets = 0
let incarnations = 0

/** A Redis of some kind and the instances before it. They outlive a run, so that the next begins at once. */
export class Fleet {
  readonly namespace: string = `faults-${process.pid}-${++fleets}`
  readonly bound: number
  readonly beat: number
  readonly ground: Ground
  instances: Instance[] = []
  readonly #options: FleetOptions
  #desk: Desk | undefined

  private constructor(ground: Ground, options: FleetOptions) {
    this.ground = ground
    this.bound = options.bound
    this.beat = options.beat
    this.#options = options
  }

  static async start(name: GroundName, options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(await openGround(name, options.instances), options)
    try {
      for (let i = 0; i < options.instances; i++) fleet.instances.push(fleet.#newInstance(i))
      await Promise.all(fleet.instances.map((instance) => instance.ready()))
      await fleet.allWell()
      return fleet
    } catch (error) {
      await fleet.stop()
      throw error
    }
  }

  /** From here on the instances read from this source and are written down in this ledger. */
  sitAt(desk: Desk): void {
    this.#desk = desk
    for (const instance of this.instances) instance.desk = desk
  }

  async replace(index: number): Promise<void> {
    const instance = this.#newInstance(index)
    this.instances[index] = instance
    if (this.#desk !== undefined) instance.desk = this.#desk
    await instance.ready()
  }

  /** Waits until every instance trusts its L1, uses Redis and keeps nothing for it. */
  async allWell(): Promise<void> {
    await until(
      `all instances to be well (${this.ground.name})`,
      () => this.instances.every((instance) => instance.isWell),
      { ms: WELL_WITHIN },
    )
  }

  async stop(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.kill()))
    await this.ground.stop()
  }

  #newInstance(index: number): Instance {
    const { bound, beat, timeout } = this.#options
    const { namespace } = this
    const redis = this.ground.redisFor(index)
    return new Instance(++incarnations, { redis, namespace, bound, beat, timeout })
  }
}
