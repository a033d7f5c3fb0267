import { Cache } from '../../src/cache.ts'
import { Engine } from '../../src/engine.ts'
import { Absences } from '../../src/read/absences.ts'
import { Random } from './random.ts'
import { Scope } from '../../src/scope.ts'
import type { Entry } from '../../src/entry.ts'
import { shardOf } from '../../src/redis/keys.ts'
import type { Settings } from '../../src/settings.ts'
import { type Delivery, FakeBus, type FakeBusEvents, type Subscribers } from './fake-bus.ts'
import { type CommandEvents, CommandLink, FakeL2 } from './fake-l2.ts'
import type { RedisTwin } from '../twin/redis-twin.ts'
import { LocalClock } from './local-clock.ts'
import type { Network, Way } from './network.ts'

/** What an instance is made of. */
export interface InstancePlan {
  readonly id: string
  readonly seed: number
  readonly rate: number
  readonly settings: Settings
  readonly isGuessing: boolean
  readonly network: Network
  readonly redis: RedisTwin
  readonly subscribers: Subscribers
  readonly delivery: Delivery
}

/** What L1 would answer, by its process's clock. */
export interface Held {
  readonly value: unknown
  /** When its read or load began. */
  readonly at: number
  /** Until when it claims to know everything that was given a number. */
  readonly knownAt: number
  /** It ends within the bound, as what was loaded without Redis does. */
  readonly isBrief: boolean
}

/** One process with a cache, its clock and its connections. */
export class Instance implements Way {
  readonly id: string
  isGone = false
  stalledUntil = 0
  upCutUntil = 0
  downCutUntil = 0
  readonly clock: LocalClock
  readonly cache: Cache
  readonly bus: FakeBus
  readonly commands: CommandLink
  /** Versions that this instance has invalidated itself, and was answered for. */
  readonly own = new Map<string, number>()
  readonly #engine: Engine

  constructor(plan: InstancePlan, events: CommandEvents & FakeBusEvents) {
    const { id, seed, rate, settings, network, redis, subscribers, delivery } = plan
    this.id = id
    this.clock = new LocalClock(network.scheduler, this, seed, rate)
    this.bus = new FakeBus(network, this, subscribers, delivery, events)
    let onReady = (): void => {}
    this.commands = new CommandLink(network, this, events, () => onReady())
    const count = settings.shards
    this.#engine = new Engine(
      settings,
      ({ onConnected }) => {
        onReady = onConnected
        return {
          shards: redis.shards.map((_, i) => new FakeL2(this.commands, redis, i)),
          bus: this.bus,
          shardOf: (key) => shardOf(key, count),
          reset: () => this.commands.link.reset(),
          close: async () => this.commands.link.end(),
        }
      },
      this.clock,
    )
    if (plan.isGuessing) {
      const absences = new Guesses(new Random(seed))
      for (const family of this.#engine.context.families) Object.assign(family, { absences })
    }
    this.cache = new Cache(new Scope(this.#engine))
  }

  /** What L1 would answer for `key` now. */
  held(key: string): Held | undefined {
    if (this.cache.peek(key) === undefined) return undefined
    const { value, at, freshUntil, view } = this.#engine.l1.peek(key) as Entry
    const knownAt = Math.max(view.trustUntil - view.bound, at)
    return { value, at, knownAt, isBrief: freshUntil - at <= view.bound }
  }

  /** The server closes both connections. */
  disconnect(): void {
    this.commands.link.kill()
    this.bus.link.kill()
  }

  /** What is not over, in words; empty when all is. */
  underway(): string[] {
    const found: string[] = []
    for (const { index, reads, loads, sets, originator, shared } of this.#engine.shards) {
      const counts = {
        reads: reads.size,
        loads: loads.size,
        sets: sets.size,
        kept: originator.kept,
        open: shared?.l2.isOpen === true ? 1 : 0,
      }
      for (const [what, count] of Object.entries(counts)) {
        if (count > 0) found.push(`shard ${index}: ${count} ${what}`)
      }
    }
    const { size } = this.#engine.context.background
    if (size > 0) found.push(`${size} in the background`)
    if (this.#engine.context.aborts.size > 0) found.push('loaders that may be aborted')
    return found
  }

  /** Whether it knows that it has missed nothing, on every shard. */
  get isTrusting(): boolean {
    const now = this.clock.now()
    return this.#engine.shards.every(({ view }) => view.isKnown && view.trustUntil >= now)
  }

  /** Where the shard of `key` is in the numbering, for the trace. */
  stateOf(key: string): string {
    const { view } = this.#engine.shardOf(key)
    const left = Math.round(view.trustUntil - this.clock.now())
    return `inc ${view.inc || '?'} applied ${view.applied} (${view.remoteApplied()}) min ${view.minStamp} trust ${left}`
  }
}

/** Expects nothing every other time, whatever was found. */
class Guesses extends Absences {
  readonly #random: Random

  constructor(random: Random) {
    super()
    this.#random = random
  }

  override get areExpected(): boolean {
    return this.#random.isHit(0.5)
  }
}
