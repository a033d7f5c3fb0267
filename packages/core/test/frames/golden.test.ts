import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeInvalidation, encodeInvalidation, parseMessage } from '../../src/bus.ts'
import {
  type Frame,
  STAMP_BYTES,
  decodeFrame,
  encodeCounter,
  encodeFrame,
} from '../../src/frame.ts'
import type { Connection } from '../../src/redis/connect.ts'
import { ShardKeys } from '../../src/redis/keys.ts'
import { RedisL2 } from '../../src/redis/redis-l2.ts'

/*
 * What one release wrote the next one reads, and two releases run side by side while a deployment
 * goes on: a file beside this one is never changed, and a new format gets a new file.
 */

const STAMP = {
  expiresAt: 1_767_323_045_678,
  isExpired: false,
  start: 1_767_323_000_000_042,
  line: 'AbCdEfGhIjKlMnOp',
}

const FRAMES: readonly { readonly file: string; readonly frame: Frame }[] = [
  {
    file: 'frame-1.hex',
    frame: {
      ...STAMP,
      isAbsent: false,
      codecId: 2,
      grace: 3_600_000,
      cost: 12,
      tags: ['org:7', 'é😀', '\u0001shop:'],
      payload: Buffer.from('the payload'),
    },
  },
  {
    file: 'frame-3.hex',
    frame: {
      ...STAMP,
      isAbsent: false,
      codecId: 2,
      grace: 3_600_000,
      cost: 12,
      tags: ['org:7'],
      extras: {
        etag: 'W/"é1"',
        lastModified: new Date('2026-01-02T03:04:05.678Z'),
        sliding: { ttl: 60_000, window: 6_000 },
      },
      payload: Buffer.from('the payload'),
    },
  },
  {
    file: 'frame-3-plain.hex',
    frame: {
      ...STAMP,
      isAbsent: true,
      codecId: 1,
      grace: 0,
      cost: 0,
      tags: [],
      extras: { etag: '', lastModified: undefined, sliding: undefined },
      payload: Buffer.alloc(0),
    },
  },
  {
    file: 'frame-1-absent.hex',
    frame: {
      ...STAMP,
      isAbsent: true,
      codecId: 1,
      grace: 0,
      cost: 0,
      tags: [],
      payload: Buffer.alloc(0),
    },
  },
]

test.each(FRAMES)('$file is read as it was meant', ({ file, frame }) => {
  expect(decodeFrame(bytesOf(file))).toEqual(frame)
})

test.each(FRAMES)('$file is what is written today', ({ file, frame }) => {
  expect(encodeFrame(frame).toString('hex')).toBe(bytesOf(file).toString('hex', STAMP_BYTES))
})

const COUNTERS = [
  { file: 'frame-2.hex', count: -12.5, window: 1_000 },
  { file: 'frame-2-exact.hex', count: 9_007_199_254_740_991, window: 0 },
]

test.each(COUNTERS)('$file is read as it was meant', ({ file, count, window }) => {
  expect(decodeFrame(bytesOf(file))).toMatchObject({
    ...STAMP,
    isAbsent: false,
    grace: 60_000,
    tags: ['org:7'],
    count,
    window: window === 0 ? Infinity : window,
  })
})

test.each(COUNTERS)('$file is what is written today', ({ file, count, window }) => {
  const written = encodeCounter({ grace: 60_000, window, tags: ['org:7'], count })
  expect(written.toString('hex')).toBe(bytesOf(file).toString('hex', STAMP_BYTES))
})

test('meta.hex is read as it was meant', async () => {
  const bytes = bytesOf('meta.hex')
  const connection = { isSharded: false, mget: () => Promise.resolve([bytes]) }
  const l2 = new RedisL2(connection as unknown as Connection, new ShardKeys('shop', 1, 0))
  const { meta } = await l2.read([], [])
  expect(meta).toEqual({
    line: 'AbCdEfGhIjKlMnOp',
    inc: 'QrStUvWxYz012345',
    seq: 1_767_323_000_000_042,
    tseq: 1_767_323_000_000_041,
    clr: 1_767_323_000_000_007,
  })
})

const INVALIDATION = {
  keys: ['user:42', '"quoted"'],
  tags: ['org:7', 'é😀', '\u0001shop:'],
  clear: true,
}

test('message-1.txt is read as it was meant', () => {
  const message = parseMessage(textOf('message-1.txt'))
  expect(message).toMatchObject({
    line: 'AbCdEfGhIjKlMnOp',
    inc: 'QrStUvWxYz012345',
    seq: 1_767_323_000_000_042,
  })
  expect(decodeInvalidation(message?.payload ?? '')).toEqual(INVALIDATION)
})

test('message-1.txt has the payload that is written today', () => {
  const { keys, tags, clear } = INVALIDATION
  expect(parseMessage(textOf('message-1.txt'))?.payload).toBe(encodeInvalidation(keys, tags, clear))
})

test('names in Redis are those of every release, so that instances of two of them meet', () => {
  const one = new ShardKeys('prod:shop', 1, 0)
  expect([one.meta, one.log, one.channel]).toEqual([
    '{prod:shop:0}:m',
    '{prod:shop:0}:log',
    '{prod:shop:0}:c',
  ])
  expect([one.entry('k'), one.fence('k'), one.lease('k'), one.tag('t')]).toEqual([
    '{prod:shop:0}:e:k',
    '{prod:shop:0}:f:k',
    '{prod:shop:0}:l:k',
    '{prod:shop:0}:t:t',
  ])
  expect(new ShardKeys('shop', 16, 3).entry('k')).toBe('{shop:16:3}:e:k')
})

function textOf(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8')
}

function bytesOf(file: string): Buffer {
  return Buffer.from(textOf(file).replaceAll('\n', ''), 'hex')
}
