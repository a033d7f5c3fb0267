import { expect, test } from 'vitest'
import { Background } from './background.ts'
import { held } from './testing/held.ts'
import { settled } from './testing/manual-clock.ts'

test('it is idle once all tasks have settled, also those that were added by another', async () => {
  const background = new Background()
  const first = held<void>()
  const second = held<void>()
  background.add(first.promise.then(() => background.add(second.promise)))
  let isIdle = false
  void background.idle().then(() => {
    isIdle = true
  })
  first.resolve()
  await settled()
  expect(isIdle).toBe(false)
  expect(background.size).toBe(1)
  second.resolve()
  await settled()
  expect(isIdle).toBe(true)
  expect(background.size).toBe(0)
})
