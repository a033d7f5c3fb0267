import { expect, test } from 'vitest'
import { TierError } from './errors.ts'
import { GuardedL2 } from './guarded-l2.ts'
import { ManualClock, settled } from './testing/manual-clock.ts'
import type { L2, Meta } from './tiers.ts'

const META: Meta = { line: 'line', inc: 'inc', seq: 1, tseq: 1, clr: 1 }
const NOTHING = { meta: META, frames: [], records: [] }

/** An L2 that answers, fails or stays silent, as the test says. */
function setUp(): {
  mood: { is: 'well' | 'failing' | 'silent'; message: string }
  calls: string[]
  states: string[]
  errors: unknown[]
  guard: GuardedL2
  clock: ManualClock
} {
  const mood: ReturnType<typeof setUp>['mood'] = { is: 'well', message: 'connection reset' }
  const calls: string[] = []
  const answer = <T>(operation: string, value: T): Promise<T> => {
    calls.push(operation)
    if (mood.is === 'failing') return Promise.reject(new Error(mood.message))
    return mood.is === 'well' ? Promise.resolve(value) : new Promise(() => {})
  }
  const l2: L2 = {
    hello: () => answer('hello', { meta: META, time: 0 }),
    read: () => answer('read', NOTHING),
    acquire: () => answer('acquire', { meta: META, leases: [], isMutating: false }),
    fill: () => answer('fill', { meta: META, isStored: true }),
    extend: () => answer('extend', 0),
    release: () => answer('release', undefined),
    change: () => answer('change', META),
    swap: () => answer('swap', { meta: META, isDone: true, isMutated: false }),
    count: () => answer('count', { meta: META, outcome: 'counted', sum: 1, isTold: true }),
    replay: () => answer('replay', { meta: META, messages: [] }),
  }
  const clock = new ManualClock()
  const states: string[] = []
  const errors: unknown[] = []
  const guard = new GuardedL2(l2, clock, 250, {
    onState: (state) => states.push(state),
    onTrip: () => {},
    onError: (error) => errors.push(error),
  })
  return { mood, calls, states, errors, guard, clock }
}

/** Every operation that an open breaker refuses. */
const REFUSED: Record<string, (guard: GuardedL2) => Promise<unknown>> = {
  read: (guard) => guard.read([], []),
  acquire: (guard) => guard.acquire([], 1, 1),
  release: (guard) => guard.release('k', 't'),
  extend: (guard) => guard.extend({ key: 'k', check: 1, tags: [], ttl: 1, window: 1 }),
  replay: (guard) => guard.replay('line', 'inc', 1, 1),
  swap: (guard) =>
    guard.swap(
      {
        key: 'k',
        basis: { kind: 'fence', fence: 'f', line: META.line, start: META.seq },
        ttl: 1,
        grace: 0,
        tags: [],
        frame: Buffer.alloc(0),
      },
      '[]',
    ),
  count: (guard) =>
    guard.count(
      { key: 'k', by: 1, initial: 0, ttl: 1, grace: 0, tags: [], head: Buffer.alloc(0) },
      '[]',
    ),
  fill: (guard) =>
    guard.fill({
      key: 'k',
      fence: 'f',
      line: 'line',
      start: 1,
      ttl: 1,
      grace: 0,
      tags: [],
      frame: Buffer.alloc(0),
    }),
}
const CHANGE = { keys: new Map(), tags: new Set<string>(), clear: true }

async function fail(guard: GuardedL2, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await guard.read([], []).catch(() => {})
}

test('what L2 answers passes, and an error becomes a TierError that names the operation', async () => {
  const { guard, mood, errors } = setUp()
  expect(await guard.read([], [])).toBe(NOTHING)
  expect(await guard.hello()).toEqual({ meta: META, time: 0 })
  mood.is = 'failing'
  const error = await guard.acquire([], 1, 1).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(TierError)
  expect(errors).toEqual([error])
  expect(error).toMatchObject({
    code: 'ERR_TIER',
    tier: 'l2',
    operation: 'acquire',
    message: 'l2 acquire: connection reset',
    cause: new Error('connection reset'),
  })
})

test('no wait is longer than the timeout', async () => {
  const { guard, mood, clock, errors } = setUp()
  mood.is = 'silent'
  const read = guard.read([], []).catch((error: unknown) => error)
  await clock.advance(249)
  expect(errors).toEqual([])
  await clock.advance(1)
  expect(await read).toMatchObject({
    code: 'ERR_TIER',
    message: 'l2 read: no answer within 250 ms',
  })
})

test('the breaker opens after five failures in a row, and then nothing reaches L2', async () => {
  const { guard, mood, calls, states } = setUp()
  mood.is = 'failing'
  await fail(guard, 4)
  expect([guard.isOpen, states]).toEqual([false, []])
  await fail(guard, 1)
  expect([guard.isOpen, states]).toEqual([true, ['open']])
  calls.length = 0
  for (const [operation, call] of Object.entries(REFUSED)) {
    await expect(call(guard)).rejects.toThrow(`l2 ${operation}: the breaker is open`)
  }
  expect(calls).toEqual([])
})

test('timeouts count as failures', async () => {
  const { guard, mood, clock } = setUp()
  mood.is = 'silent'
  const reads = Promise.allSettled(Array.from({ length: 5 }, () => guard.read([], [])))
  await clock.advance(250)
  await reads
  expect(guard.isOpen).toBe(true)
})

test('a success between failures begins the row anew', async () => {
  const { guard, mood } = setUp()
  for (let i = 0; i < 2; i++) {
    mood.is = 'failing'
    await fail(guard, 4)
    mood.is = 'well'
    await guard.read([], [])
  }
  expect(guard.isOpen).toBe(false)
})

test('the breaker opens when half of the last twenty calls failed, in whatever order', async () => {
  const { guard, mood, states } = setUp()
  for (let i = 0; i < 9; i++) {
    mood.is = 'failing'
    await fail(guard, 1)
    mood.is = 'well'
    await guard.read([], [])
  }
  expect(guard.isOpen).toBe(false)
  mood.is = 'failing'
  await fail(guard, 1)
  expect([guard.isOpen, states]).toEqual([true, ['open']])
})

test('failures that are more than twenty calls ago do not count', async () => {
  const { guard, mood } = setUp()
  for (let round = 0; round < 10; round++) {
    mood.is = 'failing'
    await fail(guard, 3)
    mood.is = 'well'
    for (let i = 0; i < 17; i++) await guard.read([], [])
  }
  expect(guard.isOpen).toBe(false)
})

test('a hello passes the open breaker: it is the probe, and its success closes it', async () => {
  const { guard, mood, states } = setUp()
  mood.is = 'failing'
  await fail(guard, 5)
  await expect(guard.hello()).rejects.toThrow('l2 hello: connection reset')
  expect([guard.isOpen, states]).toEqual([true, ['open']])
  mood.is = 'well'
  await guard.hello()
  expect([guard.isOpen, states]).toEqual([false, ['open', 'closed']])
  expect(await guard.read([], [])).toBe(NOTHING)
})

test('a breaker that closed has forgotten what opened it', async () => {
  const { guard, mood } = setUp()
  mood.is = 'failing'
  await fail(guard, 5)
  mood.is = 'well'
  await guard.hello()
  mood.is = 'failing'
  await fail(guard, 4)
  expect(guard.isOpen).toBe(false)
  await fail(guard, 1)
  expect(guard.isOpen).toBe(true)
})

test('a change passes the open breaker, so that what was kept can go first; it does not close it', async () => {
  const { guard, mood, calls } = setUp()
  mood.is = 'failing'
  await fail(guard, 5)
  mood.is = 'well'
  expect(await guard.change(CHANGE, '["*"]')).toBe(META)
  expect(calls.at(-1)).toBe('change')
  expect(guard.isOpen).toBe(true)
})

test.each(['OOM command not allowed', 'WRONGTYPE Operation against a key'])(
  '"%s" is told, but Redis answered: no reason to do without it',
  async (message) => {
    const { guard, mood, errors } = setUp()
    mood.message = message
    mood.is = 'failing'
    await fail(guard, 30)
    expect([guard.isOpen, errors.length]).toEqual([false, 30])
  },
)

test('every failure is told once, and an answer that comes too late is not', async () => {
  const { guard, mood, errors, clock } = setUp()
  mood.is = 'failing'
  await fail(guard, 5)
  await fail(guard, 5) // refused: nothing failed
  expect(errors).toHaveLength(5)
  mood.is = 'silent'
  const hello = guard.hello().catch(() => {})
  await clock.advance(250)
  await hello
  await settled()
  expect(errors).toHaveLength(6)
  expect(clock.timers).toBe(0)
})
