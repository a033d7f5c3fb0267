import { expect, test } from 'vitest'
import { eventually, until } from '../src/index.ts'

test('what is waited for is given when it is there', async () => {
  let looks = 0
  expect(await until('the third look', () => ++looks === 3 && 'there')).toBe('there')
  expect(looks).toBe(3)
  expect(await eventually('the fifth', async () => ++looks === 5)).toBe(true)
})

test('a condition that throws ends the wait', async () => {
  let looks = 0
  const waiting = until('nothing', () => {
    looks++
    throw new Error('not so')
  })
  await expect(waiting).rejects.toThrow('not so')
  expect(looks).toBe(1)
})

test('but not of what may fail until it is there; in the end its last failure is told', async () => {
  let looks = 0
  const there = await eventually('the third look', () => {
    if (++looks < 3) throw new Error('not yet')
    return looks
  })
  expect(there).toBe(3)
  const never = eventually('it', () => Promise.reject(new Error('away')), { ms: 30 })
  await expect(never).rejects.toMatchObject({
    message: 'waited 30 ms in vain: it',
    cause: { message: 'away' },
  })
})

test('what never comes is named', async () => {
  await expect(until('it', () => false, { ms: 30 })).rejects.toThrow('waited 30 ms in vain: it')
})
