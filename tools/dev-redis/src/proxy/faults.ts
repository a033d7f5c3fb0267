/** The way of bytes: up to the server or down to the client. */
export type Direction = 'up' | 'down'

/** What can be done to one connection, to a set of them, or to all that a proxy has and will have. */
export interface Faults {
  /** Stops forwarding and keeps the bytes: a slow network or a short outage. @default both ways */
  hold(direction?: Direction): void
  /** Ends `hold`: what was kept goes on, in order. @default both ways */
  release(direction?: Direction): void
  /** Lets each byte take this long, both ways; 0 sends what waits at once. */
  delay(ms: number): void
  /**
   * Swallows bytes, which leaves the connection half-open. Switched off, it cuts the connections
   * that lost something: no stream goes on with a hole in it.
   *
   * @default on
   */
  drop(direction: Direction, on?: boolean): void
  /** Destroys the sockets on both sides, with what was on its way. */
  cut(): void
}
