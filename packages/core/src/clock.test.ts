import { expect, test } from 'vitest'
import { systemClock } from './clock.ts'
import { settled } from './testing/manual-clock.ts'

test('a delay that is longer than a timer can be does not end at once', async () => {
  const seen: string[] = []
  const cancels = [2 ** 31, 4_294_967_295, Infinity].map((delay) =>
    systemClock.after(delay, () => seen.push(`after ${delay}`)),
  )
  await new Promise<void>((resolve) => {
    systemClock.after(5, resolve)
  })
  await settled()
  expect(seen).toEqual([])
  for (const cancel of cancels) cancel()
})

test('a cancelled timer does not run', async () => {
  const seen: string[] = []
  const cancel = systemClock.after(0, () => seen.push('ran'))
  cancel()
  cancel()
  await new Promise<void>((resolve) => {
    systemClock.after(1, resolve)
  })
  expect(seen).toEqual([])
})

test('the monotonic clock does not go back, and chance is at least 0 and below 1', () => {
  const first = systemClock.now()
  expect(systemClock.now()).toBeGreaterThanOrEqual(first)
  const chance = systemClock.random()
  expect(chance >= 0 && chance < 1).toBe(true)
})
