import { expect, test } from 'vitest'
import { ManualClock } from '../testing/manual-clock.ts'
import { Recent } from './recent.ts'

const WINDOW = 10_000

function keys(...names: string[]): { keys: string[]; tags: string[]; clear: boolean } {
  return { keys: names, tags: [], clear: false }
}

test('what was sent within the window is one change, in which a set is a delete', async () => {
  const clock = new ManualClock()
  const recent = new Recent(clock, WINDOW)
  recent.add(keys('a', 'b'), 'inc')
  await clock.advance(WINDOW)
  recent.answered(clock.now())
  recent.add({ keys: ['b'], tags: ['t'], clear: false }, 'inc')
  const change = recent.take('next')
  expect([...(change?.keys ?? [])]).toEqual([
    ['a', { kind: 'delete' }],
    ['b', { kind: 'delete' }],
  ])
  expect([...(change?.tags ?? [])]).toEqual(['t'])
  expect(change?.clear).toBe(false)
})

test('what is older than the window is forgotten', async () => {
  const clock = new ManualClock()
  const recent = new Recent(clock, WINDOW)
  recent.add(keys('old'), 'inc')
  await clock.advance(WINDOW + 1)
  recent.answered(clock.now())
  expect(recent.take('next')).toBeUndefined()
  recent.add(keys('new'), 'inc')
  expect([...(recent.take('next')?.keys.keys() ?? [])]).toEqual(['new'])
})

test('time in which nothing was answered counts for nothing: a fail-over may have been in it', async () => {
  const clock = new ManualClock()
  const recent = new Recent(clock, WINDOW)
  recent.add(keys('before'), 'inc')
  await clock.advance(WINDOW)
  recent.answered(clock.now())
  await clock.advance(100 * WINDOW)
  expect([...(recent.take('next')?.keys.keys() ?? [])]).toEqual(['before'])
})

test('what was taken is forgotten, since it is sent again and so remembered anew', () => {
  const recent = new Recent(new ManualClock(), WINDOW)
  recent.add({ keys: [], tags: [], clear: true }, 'inc')
  expect(recent.take('next')).toEqual({ keys: new Map(), tags: new Set(), clear: true })
  expect(recent.take('next')).toBeUndefined()
})

test('more than 5,000 items become one clear, for as long as the window', async () => {
  const clock = new ManualClock()
  const recent = new Recent(clock, WINDOW)
  for (let i = 0; i <= 5_000; i++) recent.add(keys(`k${i}`), 'inc')
  recent.add(keys('after'), 'inc')
  const change = recent.take('next')
  expect(change?.clear).toBe(true)
  expect([...(change?.keys.keys() ?? [])]).toEqual(['after'])
  for (let i = 0; i <= 5_000; i++) recent.add(keys(`k${i}`), 'inc')
  await clock.advance(WINDOW + 1)
  recent.answered(clock.now())
  expect(recent.take('next')).toBeUndefined()
})

test('items that were forgotten do not count to the 5,000', async () => {
  const clock = new ManualClock()
  const recent = new Recent(clock, WINDOW)
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4_000; i++) recent.add(keys(`k${i}`), 'inc')
    await clock.advance(WINDOW + 1)
    recent.answered(clock.now())
  }
  recent.add(keys('last'), 'inc')
  expect(recent.take('next')).toMatchObject({ clear: false })
})

test('a window of 0 remembers nothing', () => {
  const recent = new Recent(new ManualClock(), 0)
  recent.add(keys('a'), 'inc')
  expect(recent.take('next')).toBeUndefined()
})

test('what the incarnation that is followed acknowledged itself is not sent again', () => {
  const recent = new Recent(new ManualClock(), WINDOW)
  recent.add(keys('lost'), 'old')
  recent.add(keys('known'), 'new')
  expect([...(recent.take('new')?.keys.keys() ?? [])]).toEqual(['lost'])
  expect([...(recent.take('newer')?.keys.keys() ?? [])]).toEqual(['known'])
})
