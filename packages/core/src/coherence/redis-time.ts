/** Milliseconds in a beat by which one clock may gain on the other, and beyond which it was set. */
const CLOCK_DRIFT = 1
const CLOCK_SET = 1_000

/** Redis' clock in this process's: for the ends of entries alone, never for coherence. */
export class RedisTime {
  /** This process's clock minus Redis' clock, at most. */
  #offset = 0

  /**
   * A question was sent at `at` or later and answered with Redis' `time`, so that each offset is at most
   * the true one: the largest is the best. It gives way by a little each time, and at once if a clock
   * was set.
   */
  measure(at: number, time: number): void {
    const offset = at - time
    const isSet = Math.abs(offset - this.#offset) > CLOCK_SET
    this.#offset = isSet ? offset : Math.max(offset, this.#offset - CLOCK_DRIFT)
  }

  /** The instant of this process's clock at which Redis' clock shows `time`; early, never late. */
  local(time: number): number {
    return time + this.#offset
  }
}
