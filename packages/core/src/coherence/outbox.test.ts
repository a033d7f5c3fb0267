import { expect, test } from 'vitest'
import { Outbox } from './outbox.ts'

function invalidation(
  keys: string[],
  tags: string[] = [],
  clear = false,
): { keys: string[]; tags: string[]; clear: boolean } {
  return { keys, tags, clear }
}

test('a key and a tag are kept once, however often they were invalidated', () => {
  const outbox = new Outbox()
  outbox.keep(invalidation(['a', 'b'], ['t']))
  outbox.keep(invalidation(['b', 'a'], ['t']))
  expect(outbox.size).toBe(3)
  const change = outbox.take(10)
  expect([...change.keys]).toEqual([
    ['a', { kind: 'delete' }],
    ['b', { kind: 'delete' }],
  ])
  expect([...change.tags]).toEqual(['t'])
  expect(outbox.size).toBe(0)
})

test('it is taken in portions, keys first, and nothing is taken twice', () => {
  const outbox = new Outbox()
  outbox.keep(invalidation(['a', 'b', 'c'], ['t', 'u']))
  expect([...outbox.take(2).keys.keys()]).toEqual(['a', 'b'])
  const second = outbox.take(2)
  expect([[...second.keys.keys()], [...second.tags]]).toEqual([['c'], ['t']])
  expect([...outbox.take(2).tags]).toEqual(['u'])
  expect(outbox.size).toBe(0)
})

test('a clear stands for everything that was and will be kept', () => {
  const outbox = new Outbox()
  outbox.keep(invalidation(['a'], ['t']))
  outbox.keep(invalidation([], [], true))
  outbox.keep(invalidation(['b'], ['u']))
  expect(outbox.size).toBe(1)
  expect(outbox.take(10)).toEqual({ keys: new Map(), tags: new Set(), clear: true })
  expect(outbox.size).toBe(0)
})

test('more than 10,000 become one clear, so that an outage can not fill the memory', () => {
  const outbox = new Outbox()
  for (let i = 0; i < 9_000; i++) outbox.keep(invalidation([`k${i}`]))
  for (let i = 0; i < 1_000; i++) outbox.keep(invalidation([], [`t${i}`]))
  expect(outbox.size).toBe(10_000)
  outbox.keep(invalidation(['k0'], ['t0']))
  expect(outbox.size).toBe(10_000)
  outbox.keep(invalidation(['one more']))
  expect(outbox.size).toBe(1)
  expect(outbox.take(10).clear).toBe(true)
  expect(outbox.take(10)).toEqual({ keys: new Map(), tags: new Set(), clear: false })
})
