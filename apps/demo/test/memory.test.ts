import { expect, test } from 'vitest'
import { memoryOf } from '../src/report/memory.ts'

const MB = 1_024 * 1_024

function measured(...megabytes: number[]) {
  return memoryOf(megabytes.map((mb, seconds) => ({ seconds, bytes: mb * MB })))
}

test('memory is flat if the last third of a run has no more than the first', () => {
  expect(measured(26, 27, 26, 27, 40, 27, 27, 28, 27)).toEqual({
    start: 26 * MB,
    middle: 27 * MB,
    end: 27 * MB,
    isFlat: true,
  })
})

test('memory that grows is not', () => {
  expect(measured(26, 27, 28, 29, 30, 31, 32, 33, 34).isFlat).toBe(false)
})

test('a short run says nothing', () => {
  expect(measured(26, 27, 28).isFlat).toBeUndefined()
  expect(measured().isFlat).toBeUndefined()
})
