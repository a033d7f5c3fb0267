import type { Receipt } from '../write/write.ts'
import type { LiveSettings, Said } from './live-settings.ts'

/** Begins the names that are no family's: no template can begin so. */
const OTHERS = '\u0003'

/**
 * Settings of the caller's own that hold for all instances, under a name: `cache.sharedSettings`. What is
 * said is kept in Redis: an instance that misses the message reads it with its next beat, a new one when
 * it begins.
 */
export class SharedSettings<T extends object> {
  readonly #live: LiveSettings
  readonly #name: string

  /** @internal Use `cache.sharedSettings`. */
  constructor(live: LiveSettings, name: string, listener: (said: Partial<T>) => void) {
    this.#live = live
    this.#name = OTHERS + name
    live.follow(this.#name, listener as (said: Said) => void)
  }

  /**
   * Says `said`, plain data, in the place of what was said before. The listener is told before this resolves.
   *
   * @throws {TierError} if Redis did not take it; then nothing is changed
   */
  async say(said: T): Promise<Receipt> {
    await this.#live.say(this.#name, said as Said)
    return 'everywhere'
  }

  /** Resolves when what is said is known here, or Redis did not answer in time. */
  settled(): Promise<void> {
    return this.#live.settled()
  }
}
