import { expect, test } from 'vitest'
import { ManualClock } from './manual-clock.ts'

test('timers run in the order of their instants, each seeing its own', async () => {
  const clock = new ManualClock(1_000)
  const seen: [string, number][] = []
  clock.after(20, () => seen.push(['later', clock.now()]))
  clock.after(10, () => seen.push(['sooner', clock.now()]))
  clock.after(10, () => seen.push(['same instant, set after', clock.now()]))
  await clock.advance(15)
  expect(seen).toEqual([
    ['sooner', 1_010],
    ['same instant, set after', 1_010],
  ])
  expect(clock.now()).toBe(1_015)
  await clock.advance(5)
  expect(seen).toHaveLength(3)
  expect(clock.timers).toBe(0)
})

test('a timer that a timer sets runs within the same advance when it is due', async () => {
  const clock = new ManualClock()
  const seen: number[] = []
  clock.after(10, () => {
    void Promise.resolve().then(() => clock.after(5, () => seen.push(clock.now())))
  })
  await clock.advance(20)
  expect(seen).toEqual([15])
})

test('a cancelled timer does not run', async () => {
  const clock = new ManualClock()
  let hasRun = false
  const cancel = clock.after(1, () => {
    hasRun = true
  })
  cancel()
  cancel()
  await clock.advance(10)
  expect(hasRun).toBe(false)
})

test('a suspension moves the wall clock alone', () => {
  const clock = new ManualClock()
  const wall = clock.wall()
  clock.suspend(60_000)
  expect(clock.wall() - wall).toBe(60_000)
  expect(clock.now()).toBe(0)
})
