/** Beats that found messages missing, and none that came, before the subscription is made anew. */
const DEAF_BEATS = 2

/** Tells that a subscription looks alive, and brings nothing. */
export class Deafness {
  #beats = 0
  #hasHeard = false
  #hasMissed = false

  /** The subscription is made anew. */
  begin(): void {
    this.#beats = 0
    this.#hasMissed = false
  }

  heard(): void {
    this.#hasHeard = true
  }

  missed(): void {
    this.#hasMissed = true
  }

  /** Whether, at this beat, it has been so for long enough; then it counts from the start. */
  isAtBeat(): boolean {
    // A beat in which nothing was said tells neither way: messages may be rarer than beats.
    if (this.#hasHeard) this.#beats = 0
    else if (this.#hasMissed) this.#beats++
    this.#hasHeard = false
    this.#hasMissed = false
    const isDeaf = this.#beats >= DEAF_BEATS
    if (isDeaf) this.#beats = 0
    return isDeaf
  }
}
