import { expect, test } from 'vitest'
import { Cells } from './tags.ts'

test('an invalidation reaches every entry that holds the cell, and only moves it up', () => {
  const cells = new Cells()
  const [cell] = cells.hold(['a'])
  expect(cells.hold(['a'])[0]).toBe(cell)
  cells.raise('a', 7)
  cells.raise('a', 5)
  expect(cell?.seq).toBe(7)
  expect(cells.size).toBe(1)
})

test('an entry is allowed unless a tag of it was invalidated after its stamp', () => {
  const cells = new Cells()
  cells.hold(['a', 'b'])
  cells.raise('b', 7)
  expect(cells.allow(['a', 'b'], 7)).toBe(true)
  expect(cells.allow(['a', 'b'], 6)).toBe(false)
  expect(cells.allow(['a'], 6)).toBe(true)
})

test('what is said of a tag that nobody holds raises the floor, below which no tag is allowed', () => {
  const cells = new Cells()
  cells.raise('unheld', 7)
  expect(cells.size).toBe(0)
  expect(cells.allow(['any'], 6)).toBe(false)
  expect(cells.allow(['any'], 7)).toBe(true)
  expect(cells.allow([], 0)).toBe(true) // an entry without tags does not depend on any
  expect(cells.hold(['new'])[0]?.seq).toBe(7)
})

test('a cell lives while it is held, and leaves what it said in the floor', () => {
  const cells = new Cells()
  const first = cells.hold(['a'])
  const second = cells.hold(['a', 'b'])
  cells.raise('a', 9)
  cells.release(first)
  expect(cells.size).toBe(2)
  expect(cells.allow(['c'], 1)).toBe(true)
  cells.release(second)
  expect(cells.size).toBe(0)
  expect(cells.allow(['c'], 8)).toBe(false)
  expect(cells.allow(['c'], 9)).toBe(true)
})

test('entries without tags share one empty list', () => {
  const cells = new Cells()
  expect(cells.hold([])).toBe(cells.hold([]))
})
