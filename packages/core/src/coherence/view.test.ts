import { expect, test } from 'vitest'
import type { Meta } from '../tiers.ts'
import { View } from './view.ts'

const BOUND = 5_000

function meta(inc: string, seq: number, line = 'line'): Meta {
  return { line, inc, seq, tseq: seq, clr: 0 }
}

test('nothing is known at first', () => {
  const view = new View(BOUND)
  expect(view.isKnown).toBe(false)
  expect(view.matches(meta('', 5, ''))).toBe(true) // so callers ask `isKnown` first
  expect(view.trustUntil).toBe(-Infinity)
})

test('large numbers of the shard become small local ones, and back', () => {
  const view = new View(BOUND)
  view.adopt(meta('inc', 1_700_000_000_000_000))
  expect(view.applied).toBeLessThan(10)
  expect(view.local(1_700_000_000_000_003)).toBe(view.applied + 3)
  expect(view.remoteApplied()).toBe(1_700_000_000_000_000)
})

test('local numbers only grow: an entry of an earlier numbering is below `minStamp` for ever', () => {
  const view = new View(BOUND)
  const seen: number[] = []
  const note = (): void => {
    expect(view.applied).toBeGreaterThan(seen.at(-1) ?? 0)
    expect(view.minStamp).toBeGreaterThan(seen.at(-1) ?? 0)
    expect(view.minStamp).toBeLessThanOrEqual(view.applied)
    seen.push(view.applied)
  }
  view.adopt(meta('a', 1_000))
  note()
  view.adopt(meta('b', 5)) // lower numbers than before
  note()
  view.applied = view.local(9)
  view.distrust()
  note()
  view.adopt(meta('b', 9))
  note()
})

test('what a read was given is below `minStamp` after distrust, though it was not applied here', () => {
  const view = new View(BOUND)
  view.adopt(meta('a', 5))
  const ahead = view.local(99)
  view.distrust()
  expect(view.minStamp).toBeGreaterThan(ahead)
  expect(view.countAlone()).toBeGreaterThan(ahead)
})

test('a numbering matches by its line and its incarnation', () => {
  const view = new View(BOUND)
  view.adopt(meta('inc', 5))
  expect(view.matches(meta('inc', 99))).toBe(true)
  expect(view.matches(meta('other', 5))).toBe(false)
  expect(view.matches(meta('inc', 5, 'other'))).toBe(false)
})

test('what was distrusted is retired, and is not any more once it is followed again', () => {
  const view = new View(BOUND)
  view.adopt(meta('a', 5))
  expect(view.isRetired('a')).toBe(false)
  view.distrust()
  expect(view.isKnown).toBe(false)
  expect(view.isRetired('a')).toBe(true)
  view.adopt(meta('b', 5))
  expect([view.isRetired('a'), view.isRetired('b')]).toEqual([true, false])
  view.adopt(meta('a', 5))
  expect([view.isRetired('a'), view.isRetired('b')]).toEqual([false, true])
})

test('the last eight numberings are remembered, so that the list stays short', () => {
  const view = new View(BOUND)
  for (let i = 0; i < 12; i++) view.adopt(meta(`inc-${i}`, i))
  const retired = Array.from({ length: 12 }, (_, i) => view.isRetired(`inc-${i}`))
  expect(retired).toEqual([false, false, false, ...Array<boolean>(8).fill(true), false])
})

test('trust is the latest instant at which nothing was missed, plus the bound', () => {
  const view = new View(BOUND)
  view.confirm(1_000)
  view.confirm(400)
  expect(view.trustUntil).toBe(1_000 + BOUND)
  view.distrust()
  expect(view.trustUntil).toBe(-Infinity)
})

test('an invalidation of this process alone gets a number of its own', () => {
  const view = new View(BOUND)
  const { applied } = view
  expect(view.countAlone()).toBe(applied + 1)
  expect(view.applied).toBe(applied + 1)
})
