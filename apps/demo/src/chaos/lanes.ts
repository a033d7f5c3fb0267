import type { FaultKind } from './faults.ts'

/** Faults of which one at a time is done, while the other lanes do theirs. */
export interface Lane {
  readonly name: string
  /** All of them are done, in random order, before the next round. */
  readonly round: readonly FaultKind[]
  /** Milliseconds of health between two of them, from and to. */
  readonly pause: readonly [number, number]
  /** How long every other one lasts, in bounds, from and to; the rest are short. */
  readonly long: readonly [number, number]
}

/** Milliseconds that a short fault lasts, from and to. */
export const SHORT: readonly [number, number] = [100, 600]

// Rarer than the others, above all those that end with empty tiers: they would clear away what went
// wrong before.
const SERVER: Lane = {
  name: 'server',
  round: ['pause-redis', 'pause-redis', 'pause-redis', 'restart-redis', 'kill-redis'],
  pause: [1_000, 5_000],
  long: [0.2, 1.5],
}

/** Instances that know nothing of each other for longer than the bound: what puts it to the test. */
const LINKS: Lane = {
  name: 'links',
  round: ['partition', 'partition', 'hold-replies'],
  pause: [150, 1_200],
  long: [0.5, 4],
}

const NOISE: Lane = {
  name: 'noise',
  round: ['cut-subscriptions', 'drop-messages', 'slow-connections', 'kill-instance'],
  pause: [300, 2_500],
  long: [0.1, 1],
}

/** The lanes of a run. A Redis that was there before is not ours to harm. */
export function lanesFor({ external }: { readonly external: boolean }): readonly Lane[] {
  return external ? [LINKS, NOISE] : [SERVER, LINKS, NOISE]
}
