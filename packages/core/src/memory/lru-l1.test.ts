import { expect, test } from 'vitest'
import { View } from '../coherence/view.ts'
import { Entry } from '../entry.ts'
import { LruL1, NoL1 } from './lru-l1.ts'

const view = new View(5_000)

function tagged(tag: string, size = 0): Entry {
  return entry(tag, { size, tags: [tag] })
}

function entry(value: unknown, { size = 0, tags = [] as string[] } = {}): Entry {
  return new Entry(value, 1, 0, Infinity, view.cells.hold(tags), view, size)
}

test('the least recently used entry makes room, and is counted', () => {
  const l1 = new LruL1(2, Infinity)
  l1.set('a', entry('a'))
  l1.set('b', entry('b'))
  expect(l1.get('a')?.value).toBe('a')
  l1.set('c', entry('c'))
  expect([l1.peek('a')?.value, l1.peek('b'), l1.peek('c')?.value]).toEqual(['a', undefined, 'c'])
  expect([l1.entries, l1.evictions]).toEqual([2, 1])
})

test('a peek does not make an entry the most recently used', () => {
  const l1 = new LruL1(2, Infinity)
  l1.set('a', entry('a'))
  l1.set('b', entry('b'))
  l1.peek('a')
  l1.set('c', entry('c'))
  expect(l1.peek('a')).toBeUndefined()
})

test('what is deleted, replaced or cleared is no eviction', () => {
  const l1 = new LruL1(2, Infinity)
  l1.set('a', entry(1))
  l1.set('a', entry(2))
  l1.delete('a')
  l1.delete('a')
  l1.set('b', entry(3))
  l1.clear()
  expect([l1.entries, l1.evictions]).toEqual([0, 0])
})

test('bytes are not measured where no limit asks for them', () => {
  const l1 = new LruL1(2, Infinity)
  l1.set('a', entry('a', { size: 500 }))
  expect(l1.bytes).toBe(0)
})

test('a limit in bytes counts values, keys and a fixed overhead, and makes room by it', () => {
  const l1 = new LruL1(100, 1_000)
  l1.set('a', entry('a', { size: 199 }))
  expect(l1.bytes).toBe(400)
  l1.set('b', entry('b', { size: 199 }))
  expect(l1.bytes).toBe(800)
  l1.set('c', entry('c', { size: 199 }))
  expect([l1.bytes, l1.entries, l1.evictions]).toEqual([800, 2, 1])
  expect(l1.peek('a')).toBeUndefined()
  l1.set('c', entry('c', { size: 99 }))
  expect(l1.bytes).toBe(700)
  l1.clear()
  expect(l1.bytes).toBe(0)
})

test('a value that is larger than all of L1 is not kept, nor is the one that it replaces', () => {
  const l1 = new LruL1(100, 1_000)
  l1.set('other', entry('other'))
  l1.set('a', entry('small'))
  l1.set('a', entry('large', { size: 2_000 }))
  expect(l1.peek('a')).toBeUndefined()
  expect(l1.peek('other')?.value).toBe('other')
})

test('tags are held while their entry is, however it goes: else their cells would be kept for ever', () => {
  const { cells } = view
  const before = cells.size
  const l1 = new LruL1(2, 1_000)
  l1.set('a', tagged('a'))
  l1.set('a', tagged('replaces'))
  expect(cells.size).toBe(before + 1)
  l1.set('b', tagged('b'))
  l1.set('c', tagged('evicts'))
  expect(cells.size).toBe(before + 2)
  l1.delete('c')
  expect(cells.size).toBe(before + 1)
  l1.set('d', tagged('too large', 2_000))
  expect(cells.size).toBe(before + 1)
  l1.set('b', tagged('too large to replace', 2_000))
  expect(cells.size).toBe(before)
  l1.set('e', tagged('e'))
  l1.clear()
  expect(cells.size).toBe(before)
})

test('without L1 nothing is kept, and no tag is held', () => {
  const before = view.cells.size
  const l1 = new NoL1()
  l1.set('a', entry('a', { tags: ['t'] }))
  expect(l1.get()).toBeUndefined()
  expect(l1.peek()).toBeUndefined()
  l1.delete()
  l1.clear()
  expect([l1.entries, l1.bytes, l1.evictions, view.cells.size]).toEqual([0, 0, 0, before])
})

test('why entries left is told: for room, for bytes, dropped, or replaced', () => {
  const byEntries = new LruL1(2, Infinity)
  for (const key of ['a', 'b', 'c', 'c']) byEntries.set(key, entry(key))
  byEntries.delete('c')
  byEntries.clear() // an end, and no invalidation
  expect(byEntries.removed).toEqual({ entries: 1, bytes: 0, dropped: 1, replaced: 1 })

  const byBoth = new LruL1(3, 1_000)
  for (const key of ['a', 'b', 'c']) byBoth.set(key, entry(key, { size: 99 }))
  byBoth.set('d', entry('d', { size: 599 })) // a place, and then the bytes of the two others
  expect(byBoth.removed).toEqual({ entries: 1, bytes: 2, dropped: 0, replaced: 0 })
  byBoth.set('d', entry('d', { size: 99 }))
  expect(byBoth.removed).toEqual({ entries: 1, bytes: 2, dropped: 0, replaced: 1 })
})
