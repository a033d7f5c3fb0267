import { expect, test } from 'vitest'
import { Lag } from '../src/report/lag.ts'
import { quantiles } from '../src/report/quantiles.ts'

const [A, B, C] = [1, 2, 3]
const NOTHING = { called: [], applied: [], rebased: [] }

function call(at: number, isKept = false) {
  return { ...NOTHING, called: [{ what: 'key 1', at, isKept }] }
}

function applied(...instants: number[]) {
  return { ...NOTHING, applied: instants.map((at) => ({ what: 'key 1', at })) }
}

test('an invalidation counts once for each peer, from the last call before it', () => {
  const lag = new Lag()
  lag.add(A, call(100))
  lag.add(B, applied(102, 900)) // the second was sent again
  lag.add(C, applied(103))
  lag.add(A, applied(104)) // its own echo
  lag.add(B, call(1_000))
  lag.add(A, applied(1_007))
  expect(lag.times()).toEqual([2, 3, 7])
  expect(lag.times()).toEqual([2, 3, 7])
})

test('what was kept, or dealt with by dropping everything, is not measured', () => {
  const lag = new Lag()
  lag.add(A, call(100))
  lag.add(B, { ...applied(5_000), rebased: [300] })
  lag.add(C, applied(90)) // called for before anybody listened
  lag.add(A, call(6_000, true))
  lag.add(C, applied(9_000))
  expect(lag.times()).toEqual([])
})

test('quantiles are numbers that were measured', () => {
  expect(quantiles([])).toEqual({ count: 0, p50: 0, p99: 0, max: 0 })
  expect(quantiles([3, 1, 2])).toEqual({ count: 3, p50: 2, p99: 3, max: 3 })
})
