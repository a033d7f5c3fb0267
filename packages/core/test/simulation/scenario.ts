import type { Delivery } from './fake-bus.ts'
import type { NetworkPlan } from './network.ts'
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
      readonly how: 'delete' | 'deleteAll' | 'expire' | 'set' | 'tag' | 'clear' | 'not'
      /** Between the commit and the call. */
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
  /** How much the clocks of the instances go wrong, at most. */
  readonly drift: number
  readonly network: NetworkPlan
  readonly delivery: Delivery
  readonly keys: readonly KeyPlan[]
  readonly actions: readonly Action[]
}

type Kind = Action['kind']

const FAULTS = [
  'evict',
  'flush',
  'fail over',
  'pause',
  'cut',
  'stall',
  'suspend',
  'crash',
  'disconnect',
  'disturb',
] as const satisfies readonly Kind[]
const TAGS = ['red', 'blue']

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

function actionsOf(random: Random, keys: readonly KeyPlan[], instances: number): Action[] {
  const length = random.pick([400, 2_000, 5_000])
  const spots = Array.from({ length: 1 + random.below(4) }, () => random.between(0, length))
  const faults = FAULTS.filter(() => random.isHit(0.25))
  const hows = HOWS.filter(() => random.isHit(0.6))
  const isFailing = random.isHit(0.2)
  const actions: Action[] = []
  const count = random.pick([5, 12, 40]) + random.below(12)
  for (let i = 0; i < count; i++) {
    const at = 100 + random.pick(spots) + 40 * -Math.log(1 - random.next()) * random.next()
    const kind = kindOf(random, faults)
    const instance = random.below(instances)
    if (kind === 'read') actions.push(readOf(random, keys, at, instance, isFailing))
    else if (kind === 'write') actions.push(writeOf(random, keys, at, instance, hows))
    else actions.push(faultOf(random, keys, at, instance, kind))
  }
  return actions.toSorted((a, b) => a.at - b.at)
}

const HOWS = ['delete', 'deleteAll', 'expire', 'set', 'tag', 'clear', 'not'] as const

function kindOf(random: Random, faults: readonly (typeof FAULTS)[number][]): Kind {
  const luck = random.next()
  if (luck < 0.6) return 'read'
  if (luck < 0.82 || faults.length === 0) return 'write'
  return random.pick(faults)
}

function readOf(
  random: Random,
  keys: readonly KeyPlan[],
  at: number,
  instance: number,
  isFailing: boolean,
): Action {
  const via = random.pick([
    'getOrSet',
    'getOrSet',
    'getOrSet',
    'getOrSetMany',
    'get',
    'getMany',
  ] as const)
  const isMany = via === 'getOrSetMany' || via === 'getMany'
  const read = isMany ? keys.filter(() => random.isHit(0.6)) : [random.pick(keys)]
  const slowness = random.pick([0, 2, 2, 30, 200])
  return {
    at,
    kind: 'read',
    instance,
    keys: (read.length === 0 ? keys.slice(0, 1) : read).map(({ key }) => key),
    via,
    load: {
      before: random.next() * slowness,
      after: random.next() * random.pick([0, 2, 2, 30, 200]),
      fails: isFailing && random.isHit(0.3),
    },
  }
}

function writeOf(
  random: Random,
  keys: readonly KeyPlan[],
  at: number,
  instance: number,
  hows: readonly (typeof HOWS)[number][],
): Action {
  const plan = random.pick(keys)
  let how = hows.length === 0 ? 'delete' : random.pick(hows)
  if (how === 'tag' && plan.tags.length === 0) how = 'delete'
  if (how === 'expire' && plan.grace > 0) how = 'delete'
  return {
    at,
    kind: 'write',
    instance,
    key: plan.key,
    how,
    gap: random.next() * random.pick([0, 1, 20]),
  }
}

function faultOf(
  random: Random,
  keys: readonly KeyPlan[],
  at: number,
  instance: number,
  kind: (typeof FAULTS)[number],
): Action {
  const length = random.pick([10, 80, 400, 1_500])
  if (kind === 'disturb') {
    const delivery = {
      drop: random.pick([0, 0.5, 1]),
      repeat: random.pick([0, 0.5]),
      reorder: random.pick([0, 0.5]),
    }
    return { at, kind, instance, for: length, delivery }
  }
  switch (kind) {
    case 'evict': {
      const { key } = random.pick(keys)
      const name = random.pick(['m', 'log', `e:${key}`, `f:${key}`, `l:${key}`, 't:red', 't:blue'])
      return { at, kind, name }
    }
    case 'flush':
      return { at, kind }
    case 'fail over': {
      const lost = random.pick([0, 3, 30, 300])
      const skew = random.pick([0, 0, -500, 500])
      return { at, kind, lost, down: random.pick([1, 50, 500]), skew }
    }
    case 'pause':
      return { at, kind, for: length }
    case 'cut': {
      const direction = random.pick(['up', 'down', 'both', 'both'] as const)
      return { at, kind, instance, direction, for: length, closes: random.isHit(0.5) }
    }
    case 'stall':
      return { at, kind, instance, for: length }
    case 'suspend':
      return { at, kind, instance, for: random.pick([500, 4_000]) }
    case 'crash':
      return { at, kind, instance, down: length }
    case 'disconnect': {
      const which = random.pick(['commands', 'bus'] as const)
      return { at, kind, instance, which, isSilent: random.isHit(0.3) }
    }
    default:
      return kind satisfies never
  }
}
