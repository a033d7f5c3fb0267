import { expect, test } from 'vitest'
import { Counted } from './counted.ts'

const WINDOW = 10_000
const BEAT = 1_000

/** Beats from 0 to `until`, at each of which 10 more were counted. */
function beats(until: number, window = WINDOW): Counted {
  const counted = new Counted(window)
  for (let at = 0; at <= until; at += BEAT) counted.note(at, at / 100)
  return counted
}

test('a server that has what was counted before the window lacks nothing that is not sent again', () => {
  const counted = beats(60_000)
  expect(counted.isBehind(600)).toBe(false)
  expect(counted.isBehind(500)).toBe(false)
})

test('a server that lacks more than the window lacks what nobody sends again', () => {
  const counted = beats(60_000)
  expect(counted.isBehind(499)).toBe(true)
  expect(counted.isBehind(1)).toBe(true)
})

test('who has watched for less than the window can not tell', () => {
  expect(beats(9_000).isBehind(0)).toBe(false)
  expect(new Counted(WINDOW).isBehind(0)).toBe(false)
})

test('without a window whatever is lost is lost for good', () => {
  const counted = beats(60_000, 0)
  expect(counted.isBehind(600)).toBe(false)
  expect(counted.isBehind(599)).toBe(true)
})

test('the time after the last answer does not count', () => {
  const counted = beats(10_000)
  expect(counted.isBehind(1)).toBe(false) // all that was counted since 0 may be sent again
})

test('a server that was believed says nothing about the next', () => {
  const counted = beats(60_000)
  counted.forget()
  expect(counted.isBehind(0)).toBe(false)
})
