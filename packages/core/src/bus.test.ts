import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, test } from 'vitest'
import { CHANNELS } from './channels.ts'
import { isSentBy, sentBy, sinceSent } from './coherence/sent.ts'
import { decodeInvalidation, encodeInvalidation, parseMessage } from './bus.ts'

test('an invalidation is read as it was written, whatever its names look like', () => {
  const names = ['a', '*', 'tk', 'k*', '"quoted"', 'a b', '\u0001ns:', '日本語😀']
  const payload = encodeInvalidation(names, names, true)
  expect(decodeInvalidation(payload)).toEqual({ keys: names, tags: names, clear: true })
})

test('patterns are read as they were written', () => {
  expect(decodeInvalidation(encodeInvalidation([], [], false, ['a*', 'p']))).toEqual({
    keys: [],
    tags: [],
    clear: false,
    patterns: ['a*', 'p'],
  })
})

test('keys, tags and a clear are told apart', () => {
  expect(decodeInvalidation(encodeInvalidation(['a'], [], false))).toEqual({
    keys: ['a'],
    tags: [],
    clear: false,
  })
  expect(decodeInvalidation('[]')).toEqual({ keys: [], tags: [], clear: false })
})

test.each([['{'], ['null'], ['5'], ['{}'], ['[5]'], ['[null]'], ['["x"]'], ['["ka","?"]']])(
  '%s is no invalidation: it is refused, since what it means can not be ignored',
  (payload) => {
    expect(() => decodeInvalidation(payload)).toThrow()
  },
)

test('a message is taken apart, its payload untouched', () => {
  expect(parseMessage('1 line inc 1700000000000001 ["ka b"]')).toEqual({
    line: 'line',
    inc: 'inc',
    seq: 1_700_000_000_000_001,
    payload: '["ka b"]',
  })
})

test.each([
  ['2 line inc 5 []'],
  ['10 line inc 5 []'],
  ['line inc 5 []'],
  ['1 line inc x []'],
  ['1 line inc -5 []'],
  ['1 line inc 5'],
  ['1 line 5 []'],
  ['hello'],
  [''],
])('%j is of another version, or no message of ours', (raw) => {
  expect(parseMessage(raw)).toBeUndefined()
})

test('who sent it, and when, goes along only while somebody listens', () => {
  const listener = (): void => {}
  const silent = encodeInvalidation(['a'], [], false, [], 'me')
  subscribe(CHANNELS.invalidation, listener)
  const heard = encodeInvalidation(['a'], [], false, [], 'me')
  unsubscribe(CHANNELS.invalidation, listener)
  expect(silent).toBe('["ka"]')
  const { sent = '', ...rest } = decodeInvalidation(heard)
  expect(rest).toEqual({ keys: ['a'], tags: [], clear: false })
  expect([isSentBy('me', sent), isSentBy('m', sent)]).toEqual([true, false])
  expect(sinceSent(sent) ?? 0).toBeGreaterThanOrEqual(0)
})

test('what another clock showed, or one that went back, is not compared', () => {
  expect(sinceSent('me another-boot/1:5.000')).toBeUndefined()
  expect(sinceSent('me ')).toBeUndefined()
  const [head] = sentBy('me').split(':')
  expect(sinceSent(`${head}:1e15`)).toBeUndefined()
})
