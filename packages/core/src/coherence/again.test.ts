import { expect, test } from 'vitest'
import { ManualClock } from '../testing/manual-clock.ts'
import { type Change, DELETE } from '../tiers.ts'
import { Again } from './again.ts'

function drop(...keys: string[]): Change {
  return { keys: new Map(keys.map((key) => [key, DELETE])), tags: new Set(), clear: false }
}

function setUp(): { clock: ManualClock; again: Again; done: string[] } {
  const clock = new ManualClock()
  const done: string[] = []
  const again = new Again(clock, ({ keys }) => done.push([...keys.keys()].slice(0, 3).join(' ')))
  return { clock, again, done }
}

test('each is done after its own delay, in the order in which they are due', async () => {
  const { clock, again, done } = setUp()
  again.add(drop('slow'), 3_000)
  again.add(drop('quick'), 1_000)
  again.add(drop('quick too'), 1_000)
  await clock.advance(999)
  expect(done).toEqual([])
  await clock.advance(1)
  expect(done).toEqual(['quick', 'quick too'])
  await clock.advance(2_000)
  expect(done).toEqual(['quick', 'quick too', 'slow'])
  expect(clock.timers).toBe(0)
})

test('what waits when nobody will be there is done at once', () => {
  const { clock, again, done } = setUp()
  again.add(drop('a'), 1_000)
  again.add(drop('b'), 2_000)
  again.flush()
  expect(done).toEqual(['a', 'b'])
  expect(clock.timers).toBe(0)
  again.flush()
  expect(done).toHaveLength(2)
})

test('of more than 10,000 keys and tags the first do not wait', async () => {
  const { clock, again, done } = setUp()
  again.add(drop('first'), 1_000)
  again.add(drop(...Array.from({ length: 10_000 }, (_, i) => `k${i}`)), 1_000)
  expect(done).toEqual(['first'])
  await clock.advance(1_000)
  expect(done).toEqual(['first', 'k0 k1 k2'])
})
