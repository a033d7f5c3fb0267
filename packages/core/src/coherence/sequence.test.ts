import { expect, test } from 'vitest'
import { encodeInvalidation } from '../bus.ts'
import { LruL1 } from '../memory/lru-l1.ts'
import { Shard } from '../shard.ts'
import type { L2, Meta, Replay } from '../tiers.ts'
import { catchUp, receive } from './sequence.ts'
import { View } from './view.ts'

const NOTHING = encodeInvalidation(['k'], [], false)
const CLEAR = encodeInvalidation([], [], true)

function meta(seq: number, inc = 'inc'): Meta {
  return { line: 'line', inc, seq, tseq: 0, clr: 0 }
}

/** A shard that has applied everything up to 100, and an L2 whose replay answers `replay`. */
function setUp(replay: Partial<Replay> = {}): {
  shard: Shard
  view: View
  l2: L2
  asked: unknown[]
  message: (seq: number, inc?: string) => ReturnType<typeof receive>
} {
  const view = new View(5_000)
  view.adopt(meta(100))
  const shard = new Shard('test', 0, view, new LruL1(10, Infinity))
  const asked: unknown[] = []
  const l2 = {
    replay: (...args: unknown[]) => {
      asked.push(args)
      return Promise.resolve({ meta: meta(100), messages: [], ...replay })
    },
  } as unknown as L2
  return {
    shard,
    view,
    l2,
    asked,
    message: (seq, inc = 'inc') => receive(shard, { line: 'line', inc, seq, payload: NOTHING }),
  }
}

test('messages in order move the view on', () => {
  const { view, message } = setUp()
  expect([message(101), message(102)]).toEqual(['applied', 'applied'])
  expect(view.remoteApplied()).toBe(102)
})

test('a message that comes again, or an own one that was applied already, changes nothing', () => {
  const { view, message } = setUp()
  message(101)
  expect([message(101), message(100)]).toEqual(['repeated', 'repeated'])
  expect(view.remoteApplied()).toBe(101)
})

test('a message after a gap is applied, but does not move the view over what is missing', () => {
  const { shard, view } = setUp()
  const clear = { line: 'line', inc: 'inc', seq: 103, payload: CLEAR }
  expect(receive(shard, clear)).toBe('gap')
  expect(view.minStamp).toBe(view.local(103))
  expect(view.remoteApplied()).toBe(100)
})

test('a message of a numbering that was left says nothing, one of an unknown numbering says: distrust', () => {
  const { view, message } = setUp()
  view.adopt(meta(7, 'next'))
  expect(message(101)).toBe('retired')
  expect(message(8, 'other')).toBe('foreign')
  expect(message(8, 'next')).toBe('applied')
})

test('a message that can not be read is not counted as applied', () => {
  const { shard, view } = setUp()
  const unreadable = { line: 'line', inc: 'inc', seq: 101, payload: '["?"]' }
  expect(() => receive(shard, unreadable)).toThrow(SyntaxError)
  expect(view.remoteApplied()).toBe(100)
})

test('the log is asked from what is applied on, and what it has is applied in order', async () => {
  const { shard, view, l2, asked } = setUp({
    meta: meta(102),
    messages: [
      { seq: 101, payload: NOTHING },
      { seq: 102, payload: NOTHING },
    ],
  })
  expect(await catchUp(shard, l2)).toBe(true)
  expect(asked).toEqual([['line', 'inc', 100, 500]])
  expect(view.remoteApplied()).toBe(102)
  expect(view.minStamp).toBeLessThan(view.local(101))
})

test.each<[string, Replay['messages']]>([
  ['begins too late', [{ seq: 102, payload: NOTHING }]],
  ['is empty', []],
  ['has a hole', [101, 103].map((seq) => ({ seq, payload: NOTHING }))],
  ['ends too early', [{ seq: 101, payload: NOTHING }]],
])(
  'a log that %s means that anything may have been invalidated up to the newest',
  async (_, messages) => {
    const { shard, view, l2 } = setUp({ meta: meta(103), messages })
    expect(await catchUp(shard, l2)).toBe(true)
    expect(view.remoteApplied()).toBe(103)
    expect(view.minStamp).toBe(view.local(103))
  },
)

test('messages that arrived while the log was asked are not applied again', async () => {
  const { shard, view, message, l2 } = setUp({
    meta: meta(102),
    messages: [
      { seq: 101, payload: CLEAR },
      { seq: 102, payload: NOTHING },
    ],
  })
  const catchingUp = catchUp(shard, l2)
  message(101)
  const { minStamp } = view
  await catchingUp
  expect(view.remoteApplied()).toBe(102)
  expect(view.minStamp).toBe(minStamp)
})

test.each([
  ['another numbering', { meta: meta(5, 'other') }],
  ['none', { meta: undefined }],
])('a log of %s can not be caught up with', async (_, replay) => {
  const { shard, view, l2 } = setUp(replay)
  const applied = view.applied
  expect(await catchUp(shard, l2)).toBe(false)
  expect(view.applied).toBe(applied)
})

test('a numbering that was left while the log was asked needs no catching up', async () => {
  const { shard, view, l2 } = setUp({ meta: meta(105) })
  const catchingUp = catchUp(shard, l2)
  view.adopt(meta(7, 'next'))
  const { applied } = view
  expect(await catchingUp).toBe(true)
  expect(view.applied).toBe(applied)
})
