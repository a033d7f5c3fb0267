import { Checks } from './checks.ts'
import { Clients } from './clients.ts'
import type { Delivery, Subscribers } from './fake-bus.ts'
import type { Data } from '../twin/keyspace.ts'
import { Facts, type Violation } from './facts.ts'
import { Instance } from './instance.ts'
import type { Ledger } from './ledger.ts'
import { Network } from './network.ts'
import { HARD_TIMEOUT } from './product.ts'
import { chance } from './random.ts'
import type { Action, Scenario } from './scenario.ts'

/** What a server has: its data, what its history has invalidated, and since when it is behind. */
type Present = readonly [data: Data, dues: ReturnType<Ledger['copy']>, at: number]

const HEALTHY: Delivery = { drop: 0, repeat: 0, reorder: 0 }
/** In which everything has to be well again: beats, waits for fills, breakers, connections. */
const RECOVERY = 6_000
/** Longer than any call may take in the end. */
const LAST_CALLS = 2_500

/** The world of one scenario: what is done to it, how it recovers, how it ends. */
export class World {
  readonly facts: Facts
  readonly #network: Network
  readonly #checks: Checks
  readonly #clients: Clients
  readonly #subscribers: Subscribers = new Map()
  readonly #instances: Instance[] = []
  #isDown = false
  #births = 0

  constructor(scenario: Scenario, trace?: (line: string) => void) {
    this.facts = new Facts(scenario, trace)
    this.#network = new Network(this.facts.scheduler, scenario.network)
    this.#checks = new Checks(this.facts)
    this.#clients = new Clients(this.facts, this.#checks)
    this.facts.publish = (shard, message) => {
      for (const deliver of this.#subscribers.values()) deliver(shard, message)
    }
  }

  /** @returns what was broken first, if anything was */
  async run(): Promise<Violation | undefined> {
    const { scenario, violations } = this.facts
    for (let slot = 0; slot < scenario.instances; slot++) this.#begin(slot)
    for (const action of scenario.actions) this.#plan(action)
    const over = scenario.actions.reduce((end, action) => Math.max(end, endOf(action)), 0)
    await this.#until(over)
    this.#network.isCalm = true
    for (const { bus } of this.#instances) Object.assign(bus.delivery, HEALTHY)
    await this.#until(over + RECOVERY)
    if (!this.#isBroken) this.#checks.rest(this.#instances)
    for (const instance of this.#instances) this.#clients.readInTheEnd(instance)
    await this.#until(this.facts.now + LAST_CALLS)
    if (!this.#isBroken) this.#checkNothingLeft()
    if (!this.#isBroken) await this.#end()
    return violations[0]
  }

  get #isBroken(): boolean {
    return this.facts.violations.length > 0
  }

  async #until(instant: number): Promise<void> {
    await this.facts.scheduler.run(
      instant,
      () => this.#isBroken,
      (owner) => {
        if (!owner.isGone) this.#checks.l1(owner as Instance)
      },
    )
  }

  #plan(action: Action): void {
    const { scheduler } = this.facts
    if (action.kind === 'fail over') {
      let replica = this.#present()
      scheduler.at(Math.max(0, action.at - action.lost), undefined, () => {
        replica = this.#present()
      })
      scheduler.at(action.at, undefined, () => this.#failOver(action, replica))
    } else if (action.kind === 'read' || action.kind === 'write') {
      // As an event of the process, which may stand still.
      scheduler.at(action.at, undefined, () => {
        const instance = this.#instances[action.instance] as Instance
        scheduler.at(this.facts.now, instance, () => {
          if (action.kind === 'read') this.#clients.read(instance, action)
          else this.#clients.write(instance, action)
        })
      })
    } else scheduler.at(action.at, undefined, () => this.#do(action))
  }

  #do(action: Exclude<Action, { kind: 'read' | 'write' | 'fail over' }>): void {
    const { redis, now } = this.facts
    this.#tell(action)
    if (action.kind === 'flush') redis.keyspace.flush()
    else if (action.kind === 'pause') this.#network.pausedUntil = now + action.for
    else if (action.kind === 'evict') {
      for (const shard of redis.shards) redis.keyspace.delete(shard.nameOf(action.name))
    } else {
      const instance = this.#instances[action.instance] as Instance
      if (!instance.isGone) this.#harm(instance, action)
    }
  }

  #harm(
    instance: Instance,
    action: Extract<
      Action,
      { kind: 'cut' | 'stall' | 'suspend' | 'crash' | 'disconnect' | 'disturb' }
    >,
  ): void {
    const { scenario, scheduler, now } = this.facts
    switch (action.kind) {
      case 'cut': {
        const until = now + action.for
        if (action.direction !== 'down') instance.upCutUntil = until
        if (action.direction !== 'up') instance.downCutUntil = until
        if (action.closes) scheduler.at(until, undefined, () => instance.disconnect())
        break
      }
      case 'stall':
        instance.stalledUntil = Math.max(instance.stalledUntil, now + action.for)
        break
      case 'suspend': {
        const until = instance.clock.suspend(action.for)
        instance.stalledUntil = Math.max(instance.stalledUntil, until)
        break
      }
      case 'crash':
        instance.isGone = true // what it has sent still arrives
        this.#clients.forget(instance)
        scheduler.at(now + action.down, undefined, () => this.#begin(action.instance))
        break
      case 'disconnect': {
        const link = action.which === 'bus' ? instance.bus.link : instance.commands.link
        if (!action.isSilent) link.kill()
        else if (link.socket !== undefined) link.socket.isHung = true
        break
      }
      case 'disturb': {
        const { delivery } = instance.bus
        const back = this.#network.isCalm ? HEALTHY : scenario.delivery
        Object.assign(delivery, action.delivery)
        scheduler.at(now + action.for, undefined, () => Object.assign(delivery, back))
        break
      }
    }
  }

  #begin(slot: number): void {
    const { scenario, settings, redis } = this.facts
    const { seed, drift, delivery } = scenario
    const id = `i${slot}${String.fromCharCode(97 + (this.#births++ % 26))}`
    this.#instances[slot] = new Instance(
      {
        id,
        isGuessing: scenario.isGuessing === true,
        seed: Math.floor(chance(seed, id) * 2 ** 31),
        rate: 1 + drift * (2 * chance(seed, id, 'rate') - 1),
        settings,
        network: this.#network,
        redis,
        subscribers: this.#subscribers,
        delivery: this.#network.isCalm ? HEALTHY : delivery,
      },
      {
        isUp: () => !this.#isDown,
        onExecute: (what) => this.facts.say(`${id} > ${what}`),
        onExecuted: () => this.#checks.l2(),
        onReply: (what) => this.facts.say(`${id} < ${what}`),
        onSetSent: (keys) => this.#clients.onSet(keys, 1),
        onSetGone: (keys) => this.#clients.onSet(keys, -1),
        onMessage: (message) => this.facts.say(`${id} ! ${message}`),
      },
    )
    this.facts.say(`${id} begins`)
  }

  /** What a replica has that is not behind. */
  #present(): Present {
    const { redis, ledger, now } = this.facts
    return [redis.keyspace.copy(), ledger.copy(), now]
  }

  #failOver(action: Extract<Action, { kind: 'fail over' }>, replica: Present): void {
    if (this.#isDown) return
    const { redis, ledger, scheduler, now, failedOverAt } = this.facts
    this.#tell(action)
    this.#isDown = true
    for (const instance of this.#instances) instance.disconnect()
    // A replica of the server before the present one is of another history: it knows nothing of this.
    const [data, dues] = replica[2] < failedOverAt ? this.#present() : replica
    this.facts.failedOverAt = now
    redis.keyspace.restore(data)
    redis.failOver()
    redis.skew = action.skew
    ledger.restore(dues)
    scheduler.at(now + action.down, undefined, () => {
      this.#isDown = false
    })
  }

  #checkNothingLeft(): void {
    for (const what of this.#clients.waiting) this.facts.report('a call hangs', what)
    for (const instance of this.#instances) {
      const left = instance.underway()
      if (left.length === 0) continue
      this.facts.report('left under way', `${instance.id}: ${left.join(', ')}`)
    }
  }

  async #end(): Promise<void> {
    for (const { cache } of this.#instances) void cache.close()
    await this.#until(this.facts.now + LAST_CALLS)
    for (const instance of this.#instances) {
      const timers = this.facts.scheduler.waiting(instance)
      if (timers > 0) this.facts.report('timers left', `${instance.id}: ${timers}`)
    }
  }

  #tell(action: Action): void {
    this.facts.say(`-- ${JSON.stringify({ ...action, at: undefined })}`)
    this.facts.count(action.kind)
  }
}

/** When an action, and what it began, is over at the latest. */
function endOf(action: Action): number {
  const { at } = action
  if (action.kind === 'read') return at + action.load.before + action.load.after + HARD_TIMEOUT
  if (action.kind === 'write') return at + action.gap
  if (action.kind === 'fail over' || action.kind === 'crash') return at + action.down
  return 'for' in action ? at + action.for : at
}
