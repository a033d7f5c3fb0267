import { expect, test } from 'vitest'
import { Deadline } from './deadline.ts'
import { held } from './testing/held.ts'
import { ManualClock, settled } from './testing/manual-clock.ts'

interface Bounded {
  readonly end: (value: string) => void
  readonly log: string[]
}

function setUp(): { clock: ManualClock; bound: (name: string) => Bounded } {
  const clock = new ManualClock()
  const deadline = new Deadline(clock, 100)
  return { clock, bound: (name) => bounded(deadline, name) }
}

function bounded(deadline: Deadline, name: string): Bounded {
  const log: string[] = []
  const { promise, resolve } = held<string>()
  deadline
    .bound(promise, () => new Error(`${name} is late`))
    .then(
      (value) => log.push(value),
      (error: Error) => log.push(error.message),
    )
  return { end: resolve, log }
}

test('a wait ends with its promise when that settles in time, also by rejecting', async () => {
  const { clock, bound } = setUp()
  const wait = bound('a')
  await clock.advance(99)
  wait.end('in time')
  await clock.advance(1_000)
  expect(wait.log).toEqual(['in time'])
  const deadline = new Deadline(clock, 100)
  await expect(
    deadline.bound(Promise.reject(new Error('refused')), () => new Error('late')),
  ).rejects.toThrow('refused')
})

test('each wait is late at its own instant, though one timer serves them all', async () => {
  const { clock, bound } = setUp()
  const first = bound('first')
  await clock.advance(40)
  const second = bound('second')
  expect(clock.timers).toBe(1)
  await clock.advance(59)
  expect(first.log).toEqual([])
  await clock.advance(1)
  expect(first.log).toEqual(['first is late'])
  expect(second.log).toEqual([])
  await clock.advance(40)
  expect(second.log).toEqual(['second is late'])
})

test('a promise that settles after its deadline changes nothing', async () => {
  const { clock, bound } = setUp()
  const wait = bound('a')
  await clock.advance(100)
  wait.end('too late')
  await settled()
  expect(wait.log).toEqual(['a is late'])
})

test('no timer is left once nobody waits, and the next wait sets one again', async () => {
  const { clock, bound } = setUp()
  bound('a').end('done')
  await clock.advance(100)
  expect(clock.timers).toBe(0)
  const wait = bound('b')
  expect(clock.timers).toBe(1)
  await clock.advance(100)
  expect(wait.log).toEqual(['b is late'])
  expect(clock.timers).toBe(0)
})
