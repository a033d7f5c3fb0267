import { chance } from './random.ts'
import type { Owner, Scheduler } from './scheduler.ts'

/** How long packets are under way, and what holds them. Latency follows from what a packet is. */
export interface NetworkPlan {
  readonly seed: number
  /** Milliseconds that most packets take at most. */
  readonly usual: number
  /** Part of the packets that take up to `longest`. */
  readonly slow: number
  readonly longest: number
}

/** One instance's way to the server. */
export interface Way extends Owner {
  readonly id: string
  /** Until when nothing gets through. */
  upCutUntil: number
  downCutUntil: number
}

/** Time that packets take. */
export class Network {
  readonly scheduler: Scheduler
  /** Until when the server does nothing. */
  pausedUntil = 0
  /** Whether every packet is quick from now on. */
  isCalm = false
  readonly #plan: NetworkPlan
  readonly #counts = new Map<string, number>()

  constructor(scheduler: Scheduler, plan: NetworkPlan) {
    this.scheduler = scheduler
    this.#plan = plan
  }

  /** Chance for the next of its kind. */
  chance(what: string): number {
    const count = (this.#counts.get(what) ?? 0) + 1
    this.#counts.set(what, count)
    return chance(this.#plan.seed, what, count)
  }

  latency(what: string): number {
    const { usual, slow, longest } = this.#plan
    const luck = this.chance(what)
    return luck < slow && !this.isCalm
      ? longest * (luck / slow)
      : 0.05 + (this.isCalm ? Math.min(usual, 1) : usual) * luck
  }
}

/** One connection. Each direction keeps its order; different connections have none between them. */
export class Socket {
  /** The client's end. */
  isOpen = true
  /** The server's end. */
  isServed = true
  /** Swallows everything, and says nothing. */
  isHung = false
  readonly #network: Network
  readonly #way: Way
  readonly #name: string
  #upAt = 0
  #downAt = 0

  constructor(network: Network, way: Way, name: string) {
    this.#network = network
    this.#way = way
    this.#name = `${way.id} ${name}`
  }

  /** Sends to the server; `onLost` if it will never get there. */
  up(what: string, deliver: () => void, onLost?: () => void): void {
    const { scheduler } = this.#network
    this.#upAt = Math.max(this.#upAt, this.#due('up', what))
    const arrive = (): void => {
      const held = Math.max(this.#way.upCutUntil, this.#network.pausedUntil)
      if (held > scheduler.now) scheduler.at(held, undefined, arrive)
      else if (this.isServed && !this.isHung) deliver()
      else onLost?.()
    }
    scheduler.at(this.#upAt, undefined, arrive)
  }

  /** Sends to the client. `isOrdered` false: as if it had gone another way. */
  down(what: string, deliver: () => void, isOrdered = true): void {
    const { scheduler } = this.#network
    const due = this.#due('down', what)
    if (isOrdered) this.#downAt = Math.max(this.#downAt, due)
    const arrive = (): void => {
      if (this.#way.downCutUntil > scheduler.now) {
        scheduler.at(this.#way.downCutUntil, this.#way, arrive)
      } else if (this.isOpen && !this.isHung) deliver()
    }
    scheduler.at(isOrdered ? this.#downAt : due, this.#way, arrive)
  }

  /** The server's end closes: what it sent still arrives, then the client is told. */
  kill(onClosed: () => void): void {
    if (!this.isServed) return
    this.isServed = false
    this.down('close', onClosed)
  }

  #due(direction: string, what: string): number {
    return this.#network.scheduler.now + this.#network.latency(`${this.#name} ${direction} ${what}`)
  }
}
