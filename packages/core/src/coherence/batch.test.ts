import { describe, expect, test } from 'vitest'
import type { Change, KeyChange } from '../tiers.ts'
import { Batch, MOST_ITEMS, invalidationOf } from './batch.ts'

const SET: KeyChange = { kind: 'set', ttl: 1, grace: 0, tags: [], frame: Buffer.alloc(1) }
const DELETE: KeyChange = { kind: 'delete' }
const EXPIRE: KeyChange = { kind: 'expire' }

function change({
  keys = {},
  tags = [],
  clear = false,
}: {
  keys?: Record<string, KeyChange>
  tags?: string[]
  clear?: boolean
}): Change {
  return { keys: new Map(Object.entries(keys)), tags: new Set(tags), clear }
}

function batchOf(...changes: Change[]): Batch {
  const batch = new Batch()
  for (const one of changes) batch.add(one)
  return batch
}

describe('one script has one number, so that', () => {
  test('a tag or everything is not invalidated together with a value that was set before', () => {
    const batch = batchOf(change({ keys: { k: SET } }))
    expect(batch.takes(change({ tags: ['t'] }))).toBe(false)
    expect(batch.takes(change({ clear: true }))).toBe(false)
  })

  test('a value may be set together with a tag that was invalidated before', () => {
    const batch = batchOf(change({ tags: ['t'], clear: true }))
    expect(batch.takes(change({ keys: { k: SET } }))).toBe(true)
  })

  test('a value is not made stale together with its set, unlike another one', () => {
    const batch = batchOf(change({ keys: { k: SET } }))
    expect(batch.takes(change({ keys: { k: EXPIRE } }))).toBe(false)
    expect(batch.takes(change({ keys: { other: EXPIRE } }))).toBe(true)
  })

  test('a key that is changed twice is changed as it was last', () => {
    const batch = batchOf(change({ keys: { k: SET } }))
    expect(batch.takes(change({ keys: { k: DELETE } }))).toBe(true)
    batch.add(change({ keys: { k: DELETE } }))
    expect([...batch.keys]).toEqual([['k', DELETE]])
    batch.add(change({ keys: { k: SET } }))
    expect([...batch.keys]).toEqual([['k', SET]])
  })
})

test('deletes and tags go together in any order', () => {
  const batch = batchOf(change({ keys: { k: DELETE } }), change({ tags: ['t'] }))
  expect(batch.takes(change({ keys: { l: EXPIRE }, tags: ['u'], clear: true }))).toBe(true)
})

test('a batch is full at its limit, but a change that is longer than it goes alone', () => {
  const many = Object.fromEntries(Array.from({ length: MOST_ITEMS }, (_, i) => [`k${i}`, DELETE]))
  const full = batchOf(change({ keys: many }))
  expect(full.takes(change({ keys: { more: DELETE } }))).toBe(false)
  expect(full.takes(change({ tags: ['t'] }))).toBe(false)
  expect(full.takes(change({ clear: true }))).toBe(true)
  expect(new Batch().takes(change({ keys: { ...many, more: DELETE } }))).toBe(true)
})

test('a batch is empty until something is added, be it only a clear', () => {
  expect(new Batch().isEmpty).toBe(true)
  expect(batchOf(change({ clear: true })).isEmpty).toBe(false)
  expect(batchOf(change({ tags: ['t'] })).isEmpty).toBe(false)
  expect(batchOf(change({ keys: { k: DELETE } })).isEmpty).toBe(false)
})

test('the other instances are told names, and not what was done to them', () => {
  expect(invalidationOf(change({ keys: { a: SET, b: EXPIRE }, tags: ['t'], clear: true }))).toEqual(
    { keys: ['a', 'b'], tags: ['t'], clear: true },
  )
})
