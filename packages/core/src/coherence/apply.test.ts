import { expect, test } from 'vitest'
import { Flight } from '../flights.ts'
import { LoadFlight } from '../load/load.ts'
import { type Candidate, install } from '../install.ts'
import { LruL1 } from '../memory/lru-l1.ts'
import { Shard } from '../shard.ts'
import { apply, applyUnknown, distrust } from './apply.ts'
import { View } from './view.ts'

function setUp(): { shard: Shard; hold: (key: string, stamp: number, tags?: string[]) => boolean } {
  const view = new View(5_000)
  view.adopt({ line: 'line', inc: 'inc', seq: 100, tseq: 100, clr: 0 })
  view.minStamp = 0
  const shard = new Shard('test', 0, view, new LruL1(10, Infinity))
  return {
    shard,
    hold: (key, stamp, tags = []) => {
      const flight = new Flight<unknown>(key, 0)
      shard.sets.start(flight)
      const candidate: Candidate = { key, value: key, stamp, at: 0, freshUntil: 1, tags, size: 0 }
      const entry = install(shard, shard.sets, flight, candidate)
      shard.sets.end(flight)
      return entry !== undefined
    },
  }
}

test('what is older than the invalidation is dropped, and what is not is kept', () => {
  const { shard, hold } = setUp()
  hold('older', 6)
  hold('as new', 7)
  hold('untouched', 6)
  apply(shard, { keys: ['older', 'as new', 'absent'], tags: [], clear: false }, 7, 'peer')
  expect(shard.l1.peek('older')).toBeUndefined()
  expect(shard.l1.peek('as new')?.value).toBe('as new')
  expect(shard.l1.peek('untouched')?.value).toBe('untouched')
})

test('what is under way for a key is overtaken on every path: reads, loads and sets', () => {
  const { shard } = setUp()
  const flights = [shard.reads, shard.loads, shard.sets].map((own) => {
    const flight = new Flight<never>('k', 0)
    own.start(flight)
    return flight
  })
  apply(shard, { keys: ['k'], tags: [], clear: false }, 7, 'peer')
  expect(flights.map(({ dirty }) => dirty)).toEqual([7, 7, 7])
})

test('a tag voids by its cell, and nobody joins what is under way: its tags are not known yet', () => {
  const { shard, hold } = setUp()
  hold('k', 6, ['t'])
  const flight = new LoadFlight('other', 0, [], shard)
  shard.loads.start(flight)
  apply(shard, { keys: [], tags: ['t'], clear: false }, 7, 'peer')
  expect(hold('k', 6, ['t'])).toBe(false)
  expect(hold('k', 7, ['t'])).toBe(true)
  expect([flight.dirty, flight.isClosed]).toEqual([0, true])
})

test('a load whose own tag is invalidated gives its right to load back, and no other does', () => {
  const { shard } = setUp()
  const released: string[] = []
  for (const tag of ['hit', 'missed']) {
    const flight = new LoadFlight(tag, 0, [tag], shard)
    flight.release = () => released.push(tag)
    shard.loads.start(flight)
  }
  apply(shard, { keys: [], tags: ['hit'], clear: false }, 7, 'peer')
  expect(released).toEqual(['hit'])
  apply(shard, { keys: [], tags: [], clear: true }, 8, 'peer')
  expect(released).toEqual(['hit', 'hit', 'missed'])
})

test('a clear voids everything with an earlier stamp, and only moves up', () => {
  const { shard, hold } = setUp()
  apply(shard, { keys: [], tags: [], clear: true }, 7, 'peer')
  apply(shard, { keys: [], tags: [], clear: true }, 5, 'peer')
  expect(shard.view.minStamp).toBe(7)
  expect(hold('k', 6)).toBe(false)
  expect(hold('k', 7)).toBe(true)
})

test('when nobody knows what was invalidated, everything may have been', () => {
  const { shard, hold } = setUp()
  const flight = new LoadFlight('k', 0, [], shard)
  shard.loads.start(flight)
  applyUnknown(shard, 9)
  expect([shard.view.minStamp, flight.dirty]).toEqual([9, 9])
  applyUnknown(shard, 8)
  expect(shard.view.minStamp).toBe(9)
  expect(hold('k', 8)).toBe(false)
})

test('a numbering that is given up takes with it what is under way', () => {
  const { shard, hold } = setUp()
  const stamp = shard.view.applied
  const flight = new Flight<never>('k', 0)
  shard.reads.start(flight as never)
  distrust(shard)
  expect(shard.view.isKnown).toBe(false)
  expect(flight.dirty).toBeGreaterThan(stamp)
  expect(hold('k', stamp)).toBe(false)
})

test('a value is installed only with a stamp that is not below what overtook its flight', () => {
  const { shard } = setUp()
  const flight = new Flight<unknown>('k', 0)
  shard.sets.start(flight)
  apply(shard, { keys: ['k'], tags: [], clear: false }, 7, 'peer')
  const candidate = { key: 'k', value: 'v', at: 0, freshUntil: 1, tags: [], size: 0 }
  expect(install(shard, shard.sets, flight, { ...candidate, stamp: 6 })).toBeUndefined()
  expect(install(shard, shard.sets, flight, { ...candidate, stamp: 7 })?.value).toBe('v')
})

test('a value whose flight was replaced or forgotten is not installed', () => {
  const { shard } = setUp()
  const flight = new Flight<unknown>('k', 0)
  const candidate: Candidate = {
    key: 'k',
    value: 'v',
    stamp: 9,
    at: 0,
    freshUntil: 1,
    tags: [],
    size: 0,
  }
  shard.sets.start(flight)
  shard.drop('k')
  expect(install(shard, shard.sets, flight, candidate)).toBeUndefined()
  shard.sets.start(flight)
  shard.sets.start(new Flight<unknown>('k', 0))
  expect(install(shard, shard.sets, flight, candidate)).toBeUndefined()
  expect(shard.l1.peek('k')).toBeUndefined()
})
