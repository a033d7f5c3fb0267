import { expect, test } from 'vitest'
import { isolateFor } from './isolate.ts'

const freeze = isolateFor('freeze')
const clone = isolateFor('clone')
const share = isolateFor('share')

test('freezing goes all the way down through plain objects and arrays', () => {
  const value = { list: [{ deep: { deeper: [1] } }], bare: Object.create(null) as object }
  expect(freeze(value)).toBe(value)
  for (const part of [value, value.list, value.list[0], value.list[0]?.deep, value.bare]) {
    expect(Object.isFrozen(part)).toBe(true)
  }
  expect(Object.isFrozen(value.list[0]?.deep.deeper)).toBe(true)
})

test('what may have to change inside is left as it is: instances, dates, maps, sets, buffers', () => {
  class Account {
    readonly history: number[] = []
  }
  const value = {
    account: new Account(),
    date: new Date(),
    map: new Map([['k', {}]]),
    set: new Set([1]),
    buffer: Buffer.from('b'),
    floats: new Float32Array(2),
    error: new Error('e'),
    call: () => 1,
  }
  freeze(value)
  expect(Object.isFrozen(value)).toBe(true)
  for (const part of Object.values(value)) expect(Object.isFrozen(part)).toBe(false)
  expect(Object.isFrozen(value.account.history)).toBe(false)
})

test('a cycle is frozen once', () => {
  const value: { self?: unknown; list: unknown[] } = { list: [] }
  value.self = value
  value.list.push(value)
  freeze(value)
  expect(Object.isFrozen(value) && Object.isFrozen(value.list)).toBe(true)
})

test('a list of lists that is nested very deep is frozen too, since a stack would end before it', () => {
  let value: unknown[] = []
  const innermost = value
  for (let i = 0; i < 100_000; i++) value = [value]
  freeze(value)
  expect(Object.isFrozen(innermost)).toBe(true)
})

test.each([[undefined], [null], [0], [''], [false], [5n], [Symbol.iterator]])(
  '%s passes whatever the isolation, as it can not be changed',
  (value) => {
    expect(freeze(value)).toBe(value)
    expect(share(value)).toBe(value)
  },
)

test('a clone is another object with the same content, types and cycles kept', () => {
  const value: Record<string, unknown> = { at: new Date(0), map: new Map([[1, { a: 1 }]]) }
  value['self'] = value
  const copy = clone(value) as typeof value
  expect(copy).not.toBe(value)
  expect(copy).toEqual(value)
  expect(copy['self']).toBe(copy)
  expect(Object.isFrozen(copy)).toBe(false)
})

test('a shared value is the very same, and not frozen', () => {
  const value = { a: 1 }
  expect(share(value)).toBe(value)
  expect(Object.isFrozen(value)).toBe(false)
})
