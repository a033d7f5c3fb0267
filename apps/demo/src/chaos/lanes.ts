import type { Random } from '../random.ts'

/** One fault: when, how long and to whom is the schedule's affair. */
export interface Fault {
  readonly random: Random
  /** The instance that it concerns, if it concerns one. */
  readonly instance: number
  /** Resolves when it has lasted long enough. */
  readonly last: () => Promise<void>
  /** Resolves after so many milliseconds, or when the run is over. */
  readonly pause: (ms: number) => Promise<void>
}

/** Does a fault and takes it back. */
export type Do = (fault: Fault) => Promise<void>

/** Faults of which one at a time is done, while the other lanes do theirs. */
export interface Lane<Kind extends string = string> {
  readonly name: string
  readonly faults: Readonly<Record<Kind, Do>>
  /** All of them are done, in random order, before the next round. */
  readonly round: readonly Kind[]
  /**
   * Those that may lose what was acknowledged. They are done while all instances are there, since what
   * is lost together with the instance that could repeat it is not promised.
   */
  readonly alone?: readonly Kind[]
  /** Those that take an instance away. */
  readonly away?: readonly Kind[]
  /** Milliseconds of health between two of them, from and to. */
  readonly pause: readonly [number, number]
  /** How long every other one lasts, in bounds, from and to; the rest are short. */
  readonly long: readonly [number, number]
}

/** Milliseconds that a short fault lasts, from and to. */
export const SHORT: readonly [number, number] = [100, 600]
