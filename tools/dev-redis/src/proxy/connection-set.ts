import type { Connection } from './connection.ts'
import type { Direction, Faults } from './faults.ts'

/** Some connections, as they were when they were asked for; a fault is done to each of them. */
export class ConnectionSet implements Faults, Iterable<Connection> {
  readonly #connections: readonly Connection[]

  constructor(connections: Iterable<Connection>) {
    this.#connections = [...connections]
  }

  get size(): number {
    return this.#connections.length
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#connections[Symbol.iterator]()
  }

  hold(direction?: Direction): void {
    for (const connection of this.#connections) connection.hold(direction)
  }

  release(direction?: Direction): void {
    for (const connection of this.#connections) connection.release(direction)
  }

  delay(ms: number): void {
    for (const connection of this.#connections) connection.delay(ms)
  }

  drop(direction: Direction, on?: boolean): void {
    for (const connection of this.#connections) connection.drop(direction, on)
  }

  cut(): void {
    for (const connection of this.#connections) connection.cut()
  }
}
