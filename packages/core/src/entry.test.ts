import { expect, test } from 'vitest'
import { View } from './coherence/view.ts'
import { Entry, isCurrent, isServable, judge } from './entry.ts'

const BOUND = 5_000

function setUp(tags: readonly string[] = []): { view: View; entry: Entry } {
  const view = new View(BOUND)
  const entry = new Entry('v', 10, 1_000, 2_000, view.cells.hold(tags), view, 0)
  return { view, entry }
}

test('instants are rounded down, so that an entry can end early but never late', () => {
  const entry = new Entry('v', 1, 10.9, 20.9, [], new View(BOUND), 0)
  expect([entry.at, entry.freshUntil]).toEqual([10, 20])
  expect(new Entry('v', 1, 0, Infinity, [], new View(BOUND), 0).freshUntil).toBe(Infinity)
})

test.each([
  [1_999, 'fresh'],
  [2_000, 'stale'],
  [2_099, 'stale'],
  [2_100, 'grace'],
  [2_499, 'grace'],
  [2_500, 'dead'],
])('at %d an entry that is fresh until 2,000 is %s', (now, verdict) => {
  expect(judge(setUp().entry, now, { staleWhileRevalidate: 100, grace: 500 })).toBe(verdict)
})

test('without windows an entry that is not fresh is dead, and the longer window counts', () => {
  const { entry } = setUp()
  expect(judge(entry, 2_000, { staleWhileRevalidate: 0, grace: 0 })).toBe('dead')
  expect(judge(entry, 2_300, { staleWhileRevalidate: 500, grace: 100 })).toBe('stale')
})

test('an entry is served while the process knows that it missed nothing', () => {
  const { view, entry } = setUp()
  view.confirm(4_000)
  expect(isServable(entry, 4_000 + BOUND)).toBe(true)
  expect(isServable(entry, 4_001 + BOUND)).toBe(false)
})

test('an entry is served within the bound of its own read, whatever the process knows', () => {
  const { entry } = setUp()
  expect(isServable(entry, 1_000 + BOUND)).toBe(true)
  expect(isServable(entry, 1_001 + BOUND)).toBe(false)
})

test('an entry with an earlier stamp than what is trusted is not served', () => {
  const { view, entry } = setUp()
  view.minStamp = 10
  expect(isCurrent(entry)).toBe(true)
  view.minStamp = 11
  expect(isCurrent(entry)).toBe(false)
  expect(isServable(entry, 1_000)).toBe(false)
})

test('a tag invalidated after the stamp voids the entry, one up to it does not', () => {
  const { view, entry } = setUp(['a', 'b'])
  view.cells.raise('b', 10)
  expect(isCurrent(entry)).toBe(true)
  view.cells.raise('b', 11)
  expect(isCurrent(entry)).toBe(false)
})
