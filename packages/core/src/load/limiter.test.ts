import { expect, test } from 'vitest'
import { Limiter } from './limiter.ts'
import { held } from '../testing/held.ts'
import { ManualClock, settled } from '../testing/manual-clock.ts'

const NO = (why: string): Error => new Error(why)

function limiter(most: number, mostWaiting = 10, clock = new ManualClock()): Limiter {
  return new Limiter(clock, { most, mostWaiting, longestWait: 1_000 })
}

test('so many tasks run at once, and the others in the order in which they came', async () => {
  const places = limiter(2)
  const begun: number[] = []
  const ends = Array.from({ length: 5 }, () => held<void>())
  const runs = ends.map((end, i) =>
    places.run(async () => {
      begun.push(i)
      await end.promise
      return i
    }, NO),
  )
  await settled()
  expect(begun).toEqual([0, 1])
  ends[1]?.resolve()
  await settled()
  expect(begun).toEqual([0, 1, 2])
  for (const end of ends) end.resolve()
  expect(await Promise.all(runs)).toEqual([0, 1, 2, 3, 4])
  expect(begun).toEqual([0, 1, 2, 3, 4])
})

test('a task that fails gives its place back', async () => {
  const places = limiter(1)
  const failed = places.run(() => Promise.reject(new Error('no')), NO)
  const next = places.run(() => Promise.resolve('next'), NO)
  await expect(failed).rejects.toThrow('no')
  expect(await next).toBe('next')
  expect(await places.run(() => Promise.resolve('free again'), NO)).toBe('free again')
})

test('one more than may wait is refused, and so is one that has waited too long', async () => {
  const clock = new ManualClock()
  const places = limiter(1, 1, clock)
  const leave = await places.enter(NO)
  const waits = places.enter(NO)
  waits.catch(() => {}) // looked at below
  expect(places.waiting).toBe(1)
  await expect(places.enter(NO)).rejects.toThrow('full')
  await clock.advance(1_000)
  await expect(waits).rejects.toThrow('late')
  expect([places.waiting, places.hasRoom]).toEqual([0, false])
  leave()
  expect(places.hasRoom).toBe(true)
})

test('one that is hurried goes on without a place, and gives none back', async () => {
  const places = limiter(1)
  const leave = await places.enter(NO)
  let hurry!: () => void
  const hurried = places.enter(NO, (how) => {
    hurry = how
  })
  hurry()
  hurry()
  const leaveNothing = await hurried
  leaveNothing()
  expect(places.hasRoom).toBe(false)
  leave()
  expect(places.hasRoom).toBe(true)
})
