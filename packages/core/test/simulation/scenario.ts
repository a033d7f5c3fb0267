import type { Delivery } from './fake-bus.ts'
import type { NetworkPlan } from './network.ts'
import { TAGS, actionsOf } from './actions.ts'
import { Random } from './random.ts'
import type { KeyPlan } from './source.ts'

/** How long one run of a loader takes, and how it ends. */
export interface LoadPlan {
  /** Until it reads the source, and from then until it answers. */
  readonly before: number
  readonly after: number
  readonly fails: boolean
}

/** One thing that is done to the world, at an instant of its time. */
export type Action = { readonly at: number } & (
  | {
      readonly kind: 'read'
      readonly instance: number
      readonly keys: readonly string[]
      readonly via: 'getOrSet' | 'getOrSetMany' | 'get' | 'getMany'
      readonly load: LoadPlan
    }
  | {
      readonly kind: 'write'
      readonly instance: number
      readonly key: string
      /** How it is invalidated; `'not'`: the writer does not come to it. */
      readonly how:
        | 'delete'
        | 'deleteAll'
        | 'expire'
        | 'set'
        | 'tag'
        | 'clear'
        | 'mutate'
        | 'mutateTag'
        | 'not'
      /** Between the commit and the call; of a mutation, before its commit and after it. */
      readonly gap: number
    }
  | { readonly kind: 'evict'; readonly name: string }
  | { readonly kind: 'flush' }
  | {
      readonly kind: 'fail over'
      /** How much of the past the new server has not got. */
      readonly lost: number
      readonly down: number
      /** Its clock against the world's. */
      readonly skew: number
    }
  | { readonly kind: 'pause'; readonly for: number }
  | {
      readonly kind: 'cut'
      readonly instance: number
      readonly direction: 'up' | 'down' | 'both'
      readonly for: number
      /** Whether the connections are closed when it is over. */
      readonly closes: boolean
    }
  | { readonly kind: 'stall'; readonly instance: number; readonly for: number }
  | { readonly kind: 'suspend'; readonly instance: number; readonly for: number }
  | { readonly kind: 'crash'; readonly instance: number; readonly down: number }
  | {
      readonly kind: 'disconnect'
      readonly instance: number
      readonly which: 'commands' | 'bus'
      /** Whether anybody is told. */
      readonly isSilent: boolean
    }
  | {
      readonly kind: 'disturb'
      readonly instance: number
      readonly for: number
      readonly delivery: Delivery
    }
)

/** A whole run: the world as it begins, and what is done to it. */
export interface Scenario {
  readonly seed: number
  readonly instances: number
  readonly shards: number
  readonly logLength: number
  readonly maxEntries: number
  readonly hasL1: boolean
  /** Whether reads with a loader expect L2 to have nothing, every other time. */
  readonly isGuessing?: boolean
  /** How much the clocks of the instances go wrong, at most. */
  readonly drift: number
  readonly network: NetworkPlan
  readonly delivery: Delivery
  readonly keys: readonly KeyPlan[]
  readonly actions: readonly Action[]
}

/**
 * A world at random. Each has a few kinds of faults and not all of them, and most that happens is
 * close together: that is where the races are.
 */
export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed)
  const instances = random.isHit(0.5) ? 2 : 3
  const drift = random.isHit(0.3) ? 1e-3 : 0
  const keys = keysOf(random)
  const isRough = random.isHit(0.4)
  return {
    seed,
    instances,
    shards: random.isHit(0.25) ? 2 : 1,
    logLength: random.isHit(0.3) ? 2 : 4_096,
    maxEntries: random.isHit(0.2) ? 2 : 100,
    hasL1: !random.isHit(0.05),
    isGuessing: seed % 3 === 0,
    drift,
    network: {
      seed,
      usual: random.pick([0.5, 3, 15]),
      slow: random.pick([0, 0.03, 0.15]),
      longest: random.pick([40, 90, 300]),
    },
    delivery: isRough
      ? {
          drop: random.pick([0, 0.2, 0.6]),
          repeat: random.pick([0, 0.3]),
          reorder: random.pick([0, 0.5]),
        }
      : { drop: 0, repeat: 0, reorder: 0 },
    keys,
    actions: actionsOf(random, keys, instances),
  }
}

function keysOf(random: Random): KeyPlan[] {
  const hasGrace = random.isHit(0.3)
  const isShort = random.isHit(0.25)
  return Array.from({ length: 2 + random.below(4) }, (_, i) => {
    const isGraced = hasGrace && random.isHit(0.5)
    return {
      key: `k${i}`,
      tags: TAGS.filter(() => random.isHit(0.4)),
      isTaggedByLoader: random.isHit(0.3),
      ttl: isShort || isGraced ? random.pick([60, 400, 1_500]) : 60_000,
      staleWhileRevalidate: isGraced && random.isHit(0.6) ? 2_000 : 0,
      grace: isGraced ? 4_000 : 0,
      softTimeout: isGraced && random.isHit(0.5) ? 20 : Infinity,
      canBeAbsent: random.isHit(0.2),
    }
  })
}
