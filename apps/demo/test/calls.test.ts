import { expect, test } from 'vitest'
import { Calls } from '../src/instance/calls.ts'

test('a call that waits through many samples hangs, and is told once', async () => {
  const calls = new Calls()
  void calls.watch('read', 7, new Promise(() => {}))
  await calls.watch('read', 8, Promise.resolve())
  const told = Array.from({ length: 200 }, () => calls.hung()).flat()
  expect(told).toEqual(['read 7: no answer'])
})

test('a call that is rejected is told once, and gives nothing', async () => {
  const calls = new Calls()
  expect(await calls.watch('write', 3, Promise.reject(new Error('why')))).toBeUndefined()
  expect(calls.failed()).toEqual(['write 3: Error: why'])
  expect([calls.failed(), calls.hung()]).toEqual([[], []])
})
