import * as fc from 'fast-check'

export const KEYS = ['a', 'b', 'c']
export const TAGS = ['red', 'blue']

/** A value to be stored. */
export interface Value {
  readonly ttl: number
  readonly grace: number
  readonly tags: readonly string[]
  readonly payload: string
}

export type Action =
  | { readonly kind: 'delete' | 'expire' }
  | ({ readonly kind: 'set' } & Value)
  | ({ readonly kind: 'keep' } & Value)

export type FillStep = {
  readonly do: 'fill'
  /** Of which right to load. */
  readonly ago: number
  /** What is not as it was given. */
  readonly wrong: 'nothing' | 'fence' | 'line' | 'key'
  readonly later: number
} & Value

/**
 * One thing that is done to both servers. What was answered before is meant by how long ago it was,
 * so that a sequence from which something is taken away is a sequence still.
 */
export type Step =
  | { readonly do: 'hello' }
  | { readonly do: 'read'; readonly keys: readonly string[]; readonly tags: readonly string[] }
  | {
      readonly do: 'acquire'
      readonly keys: readonly string[]
      readonly fenceTtl: number
      readonly leaseTtl: number
    }
  | FillStep
  /** Those of one tick. */
  | { readonly do: 'fills'; readonly fills: readonly FillStep[] }
  | { readonly do: 'release'; readonly ago: number; readonly isOwn: boolean }
  | {
      readonly do: 'change'
      readonly keys: readonly (readonly [string, Action])[]
      readonly tags: readonly string[]
      readonly clear: boolean
    }
  | ({
      readonly do: 'swap'
      readonly key: string
      /** By which right to load, or by which read of the key. */
      readonly basis: 'fence' | 'foreign fence' | 'read'
      readonly ago: number
    } & Value)
  | {
      readonly do: 'count'
      readonly key: string
      readonly by: number
      readonly initial: number
      readonly window: number
      readonly grace: number
      readonly tags: readonly string[]
    }
  | {
      readonly do: 'extend'
      /** By which read of the key. */
      readonly key: string
      readonly ago: number
      readonly isOther: boolean
      readonly tags: readonly string[]
      readonly ttl: number
      readonly window: number
    }
  | {
      readonly do: 'intend'
      readonly keys: readonly string[]
      readonly tags: readonly string[]
      readonly token: string
      readonly ttl: number
    }
  | {
      readonly do: 'replay'
      /** By which numbering that was told, and from how much before its number. */
      readonly ago: number
      readonly back: number
      readonly max: number
    }
  | { readonly do: 'lose'; readonly part: string }
  | { readonly do: 'flush' }
  | { readonly do: 'limit'; readonly part: string; readonly ttl: number }
  | { readonly do: 'spoil'; readonly part: string; readonly bytes: number }
  | { readonly do: 'trim'; readonly length: number }
  | { readonly do: 'snapshot' }
  | { readonly do: 'restore'; readonly what: 'all' | 'meta' }
  | { readonly do: 'fail over' }

const keys = fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1 })
const tags = fc.subarray(TAGS)
const ago = fc.nat({ max: 3 })
/** Short ones are over at once, and the others not within a test. */
const value = fc.record({
  ttl: fc.constantFrom(1, 60_000, 100_000.5, 3_600_000),
  grace: fc.constantFrom(0, 0, 45_000, 200_000.5),
  tags,
  payload: fc.string({ maxLength: 4 }),
})
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('delete' as const) }),
  fc.record({ kind: fc.constant('expire' as const) }),
  value.map((set) => ({ kind: 'set' as const, ...set })),
  value.map((kept) => ({ kind: 'keep' as const, ...kept })),
)
const part = fc.constantFrom(
  'm',
  'log',
  'i',
  ...KEYS.flatMap((key) => [`e:${key}`, `f:${key}`, `l:${key}`]),
  ...TAGS.map((tag) => `t:${tag}`),
)

function stepOf<D extends Step['do']>(
  what: D,
  weight: number,
  rest: {
    [K in keyof Omit<Extract<Step, { do: D }>, 'do'>]: fc.Arbitrary<Extract<Step, { do: D }>[K]>
  },
): fc.WeightedArbitrary<Step> {
  const arbitrary = fc.record({ do: fc.constant(what), ...rest }) as unknown as fc.Arbitrary<Step>
  return { weight, arbitrary }
}

const hello = stepOf('hello', 2, {})
const acquire = stepOf('acquire', 8, {
  keys,
  fenceTtl: fc.constantFrom(60_000, 90_000.5),
  leaseTtl: fc.constantFrom(30_000, 30_000.5),
})
const fill: fc.WeightedArbitrary<FillStep> = {
  weight: 8,
  arbitrary: fc
    .record({
      do: fc.constant('fill' as const),
      ago,
      wrong: fc.oneof(
        { weight: 9, arbitrary: fc.constant('nothing' as const) },
        { weight: 1, arbitrary: fc.constantFrom('fence', 'line', 'key') },
      ),
      later: fc.constantFrom(0, 0, 0, 0, -1, 1, 3),
      value,
    })
    .map(({ value: stored, ...rest }): FillStep => Object.assign(rest, stored)),
}
const fills = stepOf('fills', 3, {
  fills: fc.array(fill.arbitrary, { minLength: 2, maxLength: 4 }),
})
const change = stepOf('change', 8, {
  keys: fc.uniqueArray(fc.tuple(fc.constantFrom(...KEYS), action), {
    selector: ([key]) => key,
    maxLength: 3,
  }),
  tags,
  clear: fc.constantFrom(false, false, false, true),
})
const changeOfTags = stepOf('change', 8, {
  keys: fc.constant([]),
  tags,
  clear: fc.constant(false),
})
const swap: fc.WeightedArbitrary<Step> = {
  weight: 4,
  arbitrary: fc
    .record({
      do: fc.constant('swap' as const),
      key: fc.constantFrom(...KEYS),
      basis: fc.constantFrom('fence', 'foreign fence', 'read', 'read', 'read'),
      ago: fc.nat({ max: 1 }),
      value,
    })
    .map(({ value: stored, ...rest }): Step => Object.assign(rest, stored)),
}
const count = stepOf('count', 5, {
  key: fc.constantFrom(...KEYS),
  by: fc.constantFrom(1, -3, 0.5, 2 ** 53),
  initial: fc.constantFrom(0, 0, 10.25),
  window: fc.constantFrom(0, 0, 5_000),
  grace: fc.constantFrom(0, 45_000),
  tags: fc.constantFrom([], [], ['red']),
})
/** Lives and windows that no time that a step takes can be between. */
const extend = stepOf('extend', 3, {
  key: fc.constantFrom(...KEYS),
  ago: fc.nat({ max: 1 }),
  isOther: fc.constantFrom(false, false, false, true),
  tags,
  ttl: fc.constantFrom(60_000, 150_000.5, 3_600_000),
  window: fc.constantFrom(0, 20_000, 400_000.5),
})
const loss = stepOf('lose', 3, { part })

const step: fc.Arbitrary<Step> = fc.oneof(
  hello,
  stepOf('read', 3, { keys, tags }),
  acquire,
  fill,
  fills,
  stepOf('release', 2, { ago, isOwn: fc.boolean() }),
  change,
  swap,
  count,
  extend,
  stepOf('intend', 3, {
    keys: fc.subarray(KEYS),
    tags,
    token: fc.constantFrom('one.............', 'two.............'),
    ttl: fc.constantFrom(0, 0, 60_000, 90_000.5),
  }),
  stepOf('replay', 3, { ago, back: fc.nat({ max: 4 }), max: fc.constantFrom(1, 2, 500) }),
  loss,
  stepOf('flush', 1, {}),
  stepOf('limit', 2, { part, ttl: fc.constantFrom(1, 50_000, 4_000_000) }),
  stepOf('spoil', 1, {
    part: fc.constantFrom('m', ...KEYS.map((key) => `e:${key}`)),
    bytes: fc.constantFrom(3, 40),
  }),
  stepOf('trim', 1, { length: fc.nat({ max: 2 }) }),
  stepOf('snapshot', 1, {}),
  stepOf('restore', 1, { what: fc.constantFrom('all', 'meta') }),
  stepOf('fail over', 1, {}),
)

const readOfAll = stepOf('read', 1, { keys: fc.constant(KEYS), tags }).arbitrary
const acquireOfAll = stepOf('acquire', 1, {
  keys: fc.constant(KEYS),
  fenceTtl: fc.constant(60_000),
  leaseTtl: fc.constant(30_000),
}).arbitrary
const anotherLine = stepOf('lose', 1, { part: fc.constant('m') }).arbitrary
const anotherServer = stepOf('fail over', 1, {}).arbitrary
const clear = stepOf('change', 1, {
  keys: fc.constant([]),
  tags: fc.constant([]),
  clear: fc.constant(true),
}).arbitrary

const overtakenSwap = fc
  .tuple(fc.constantFrom(...KEYS), value, value)
  .map(([key, other, own]): Step[] => [
    { do: 'read', keys: [key], tags: [] },
    { do: 'change', keys: [[key, { kind: 'set', ...other }]], tags: [], clear: false },
    { do: 'swap', key, basis: 'read', ago: 0, ...own },
  ])

/** All are stored, and need the same record, each for a time of its own. */
const fillsOfOneTag = fc
  .array(value, { minLength: 2, maxLength: KEYS.length })
  .map((values): Step => ({
    do: 'fills',
    fills: values.map((one, i) => ({
      do: 'fill',
      ago: i,
      wrong: 'nothing',
      later: 0,
      ...one,
      tags: ['red'],
    })),
  }))

/** Orders that chance alone makes too rarely. */
const plot = fc.oneof(
  fc.tuple(change.arbitrary, readOfAll, extend.arbitrary),
  fc.tuple(acquireOfAll, fillsOfOneTag, readOfAll, extend.arbitrary),
  fc.tuple(change.arbitrary, readOfAll, changeOfTags.arbitrary, extend.arbitrary),
  fc.tuple(acquire.arbitrary, changeOfTags.arbitrary, fill.arbitrary),
  fc.tuple(change.arbitrary, anotherLine, step),
  fc.tuple(acquire.arbitrary, loss.arbitrary, fill.arbitrary),
  fc.tuple(hello.arbitrary, anotherServer, hello.arbitrary),
  fc.tuple(acquireOfAll, anotherLine, acquireOfAll, fills.arbitrary),
  fc.tuple(acquireOfAll, fillsOfOneTag),
  fc.tuple(acquireOfAll, changeOfTags.arbitrary, fills.arbitrary),
  overtakenSwap,
  fc.tuple(readOfAll, clear, swap.arbitrary),
  fc.tuple(count.arbitrary, clear, count.arbitrary),
  fc.tuple(count.arbitrary, count.arbitrary),
)

/** What is done to a shard from its beginning. */
export const sequences: fc.Arbitrary<Step[]> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: step.map((one): readonly Step[] => [one]) },
      { weight: 2, arbitrary: plot },
    ),
    { minLength: 1, maxLength: 18 },
  )
  .map((parts) => parts.flat())
