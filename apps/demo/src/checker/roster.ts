import { Client } from '../http.ts'
import { type Random, pick } from '../random.ts'

/** An instance's process. A killed instance comes back as another incarnation. */
export interface Target {
  readonly instance: number
  readonly incarnation: number
  readonly port: number
}

/** A target that can be asked. */
export interface Peer extends Target {
  readonly client: Client
}

/** No request takes longer: far above what a cache without its Redis takes, far below for ever. */
const ANSWER_WITHIN = 5_000

/** The instances that are up. */
export class Roster {
  readonly #up = new Map<number, Peer>()

  get peers(): readonly Peer[] {
    return [...this.#up.values()]
  }

  up(target: Target): void {
    this.#up.set(target.incarnation, { ...target, client: new Client(target.port, ANSWER_WITHIN) })
  }

  down(incarnation: number): void {
    this.#up.delete(incarnation)
  }

  has({ incarnation }: Target): boolean {
    return this.#up.has(incarnation)
  }

  get(incarnation: number): Peer | undefined {
    return this.#up.get(incarnation)
  }

  /** One of those that are up, if there is one. */
  any(random: Random): Peer | undefined {
    return this.#up.size === 0 ? undefined : pick(random, this.peers)
  }
}
