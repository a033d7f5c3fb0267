import type { Random } from './random.ts'
import type { Action } from './scenario.ts'
import type { KeyPlan } from './source.ts'

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
export const TAGS = ['red', 'blue', 'green']

/** What is done to a world, most of it close together. */
export function actionsOf(random: Random, keys: readonly KeyPlan[], instances: number): Action[] {
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
    else if (kind === 'write') {
      const write = writeOf(random, keys, at, instance, hows)
      actions.push(write, ...sequelOf(random, keys, write, random.below(instances), faults))
    } else actions.push(faultOf(random, keys, at, instance, kind))
  }
  return actions.toSorted((a, b) => a.at - b.at)
}

const HOWS = [
  'delete',
  'deleteAll',
  'expire',
  'set',
  'tag',
  'clear',
  'mutate',
  'mutateTag',
  'not',
] as const

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
): Extract<Action, { kind: 'write' }> {
  const plan = random.pick(keys)
  let how = hows.length === 0 ? 'delete' : random.pick(hows)
  if (how === 'tag' && plan.tags.length === 0) how = 'delete'
  if (how === 'mutateTag' && plan.tags.length === 0) how = 'mutate'
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

/** What tells soon whether a write was seen: what says so in Redis is lost, and its key is read. */
function sequelOf(
  random: Random,
  keys: readonly KeyPlan[],
  write: Extract<Action, { kind: 'write' }>,
  instance: number,
  faults: readonly (typeof FAULTS)[number][],
): Action[] {
  const { key, how, gap } = write
  const soon = (): number => write.at + gap + random.between(0, 30)
  const sequel: Action[] = []
  if (faults.includes('evict') && random.isHit(0.5)) {
    const [tag] = keys.find((plan) => plan.key === key)?.tags ?? []
    if (how === 'tag') sequel.push({ at: soon(), kind: 'evict', name: `t:${tag}` })
    else if (how === 'clear') sequel.push({ at: soon(), kind: 'evict', name: 'm' })
    else if (how === 'mutate' || how === 'mutateTag') {
      sequel.push({ at: soon(), kind: 'evict', name: 'i' })
    }
  }
  if (faults.includes('fail over') && random.isHit(0.3)) {
    const at = soon()
    const down = random.pick([1, 50])
    const lost = at - write.at + random.between(0, 30)
    sequel.push({ at, kind: 'fail over', lost, down, skew: 0 })
    for (const reader of [write.instance, write.instance, instance]) {
      const load = { before: 0, after: random.between(0, 30), fails: false }
      const after = at + down + random.between(0, 120)
      sequel.push({ at: after, kind: 'read', instance: reader, keys: [key], via: 'getOrSet', load })
    }
  }
  if (random.isHit(0.5)) sequel.push(readOf(random, keys, soon(), instance, false))
  return sequel
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
      const name = random.pick([
        'm',
        'log',
        `e:${key}`,
        `f:${key}`,
        `l:${key}`,
        ...TAGS.map((tag) => `t:${tag}`),
      ])
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
