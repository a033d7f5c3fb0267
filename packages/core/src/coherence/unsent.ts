import type { Clock } from '../clock.ts'
import type { Change, Meta } from '../tiers.ts'
import { MOST_ITEMS, invalidationOf, itemsOf } from './batch.ts'
import { Outbox } from './outbox.ts'
import { Recent } from './recent.ts'

/**
 * What Redis has to hear before anything is read there: changes that it did not take, and those that
 * it took and may have lost in a fail-over. While there is any, the numbering is unknown.
 */
export class Unsent {
  readonly #outbox = new Outbox()
  readonly #recent: Recent
  readonly #send: (change: Change) => Promise<Meta>
  /** Items of the change that is on its way. */
  #flushing = 0

  /** `send` brings a change to Redis; what it brought is `taken`. */
  constructor(clock: Clock, healWindow: number, send: (change: Change) => Promise<Meta>) {
    this.#recent = new Recent(clock, healWindow)
    this.#send = send
  }

  get size(): number {
    return this.#outbox.size + this.#flushing
  }

  /** Whether a change has to be kept too. While what is kept is on its way, Redis answers. */
  get isWaiting(): boolean {
    return this.#outbox.size > 0 && this.#flushing === 0
  }

  keep(change: Change): void {
    this.#outbox.keep(invalidationOf(change))
  }

  /** Redis has `change`, by the word of `meta`. */
  taken(change: Change, { inc }: Meta): void {
    this.#recent.add(invalidationOf(change), inc)
  }

  /** The same server as before answered a question of the instant `at`. */
  answered(at: number): void {
    this.#recent.answered(at)
  }

  /**
   * Keeps what was taken by another incarnation than `inc` within the heal window; without `inc` all
   * of it.
   *
   * @returns how many keys and tags that are
   */
  lose(inc: string | undefined): number {
    const change = this.#recent.take(inc)
    if (change === undefined) return 0
    this.keep(change)
    return change.keys.size + change.tags.size
  }

  /** Forgets what is kept. @returns how many keys and tags that were, and one for everything */
  drop(): number {
    const { size } = this
    this.#outbox.take(Infinity)
    return size
  }

  /** Brings what is kept to Redis. Rejects, with all of it kept still, if it could not. */
  async flush(): Promise<void> {
    while (this.#outbox.size > 0) {
      const change = this.#outbox.take(MOST_ITEMS)
      this.#flushing = itemsOf(change)
      try {
        await this.#send(change)
      } catch (error) {
        this.keep(change)
        throw error
      } finally {
        this.#flushing = 0
      }
    }
  }
}
