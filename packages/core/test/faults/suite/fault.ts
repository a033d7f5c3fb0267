import type { Grounds, GroundName } from './grounds.ts'
import type { Instance } from './instance.ts'
import type { Signal } from './orders.ts'

/** What is at hand on every ground. */
export interface Common {
  readonly instances: readonly Instance[]
  /** Lets another process stand in for one that has ended, at the same index. */
  readonly replace: (index: number) => Promise<void>
  /** B, in milliseconds. */
  readonly bound: number
  readonly namespace: string
}

/** Takes back what was done. */
export type Undo = () => Promise<void> | void

/** One kind of failure. */
export interface Fault<N extends GroundName> {
  readonly name: string
  readonly on: N
  /** How long it lasts: over at once, as long as a glitch, or longer than the bound. */
  readonly lasts: 'a moment' | 'a glitch' | 'beyond the bound'
  /** Does it; what it gives takes it back. Instances that it concerns alone are named in `concerns`. */
  readonly begin: (world: Grounds[N] & Common) => Promise<Undo | void> | Undo | void
  /** Indices of the instances that have something to notice. @default all */
  readonly concerns?: readonly number[]
  /** By what those that it concerns must notice it; absent where there is nothing to notice. */
  readonly noticedBy?: readonly Signal[]
  /** By when: a bound after the fault began, or a beat and a message's grace after its last lost message. */
  readonly noticedWithin?: 'the bound' | 'a beat'
  /**
   * Redis loses what it had acknowledged from here on, and a little from before; its writers send it
   * again when they notice. The bound counts from when all instances are well.
   */
  readonly losesData?: true
  /** Promises nothing but the ttl: for the one failure that is the caller's. */
  readonly isUntilTtl?: true
}

/** A fault on whichever ground it needs. */
export type AnyFault = { [N in GroundName]: Fault<N> }[GroundName]
