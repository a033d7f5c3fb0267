import { msgpack } from '@tiercel/serializers'
import { describe, expect, test } from 'vitest'
import { encodeFrame } from '../../src/frame.ts'
import { expectNoCrash } from '../support/crashes.ts'
import type { ShardKeys } from '../../src/redis/keys.ts'
import { heardBy } from '../support/messages.ts'
import { Records } from '../support/records.ts'
import { Stage } from '../support/stage.ts'
import { until } from '../support/until.ts'

const stage = new Stage()
const NOT_A_NUMBER = Buffer.from('7ff8000000000001', 'hex')
expectNoCrash()

/** What may be found under an entry's key: what was stored, made into something else. */
interface Damage {
  readonly name: string
  readonly damage: (frame: Buffer) => Buffer
  /** What the report says. */
  readonly says?: RegExp
}

const DAMAGES: readonly Damage[] = [
  { name: 'nothing', damage: () => Buffer.alloc(0) },
  { name: 'text of another program', damage: () => Buffer.from('{"id":1}') },
  { name: 'long text of another program', damage: () => Buffer.alloc(5_000, 'text ') },
  { name: 'a frame that was cut', damage: (frame) => frame.subarray(0, -1) },
  { name: 'a frame without its payload', damage: (frame) => frame.subarray(0, 50) },
  {
    name: 'a frame with one bit turned',
    damage: (frame) => {
      const turned = Buffer.from(frame)
      turned[turned.length - 3]! ^= 4
      return turned
    },
  },
  {
    name: 'a frame of a newer format',
    damage: (frame) => {
      const newer = Buffer.from(frame)
      newer[32]!++
      return newer
    },
  },
  {
    name: 'a frame of another codec',
    damage: (frame) => rewritten(frame, 200, Buffer.from('of another codec')),
    says: /codec 200/,
  },
  {
    name: 'a frame whose payload its codec cannot read',
    damage: (frame) => rewritten(frame, msgpack().id, Buffer.from([0xc1, 0xc1])),
    says: /can't be decoded/,
  },
]

/** A sound frame with another payload, stamped as `frame` is. */
function rewritten(frame: Buffer, codecId: number, payload: Buffer): Buffer {
  const content = { isAbsent: false, codecId, grace: 0, cost: 0, tags: [], payload }
  return Buffer.concat([frame.subarray(0, 32), encodeFrame(content)])
}

describe.each(DAMAGES)('$name under the key of an entry', ({ damage, says = /./ }) => {
  test('is a miss that is counted and reported, and makes room for what is loaded', async () => {
    const [a, b] = await stage.pair()
    await heardBy([b], () => a.cache.set('k', { some: 'value' }))
    const name = stage.keys.entry('k')
    await stage.admin.set(name, damage((await stage.admin.getBuffer(name)) as Buffer), 'KEEPTTL')
    using tier = new Records('tier', stage.namespace)
    expect(await b.cache.get('k')).toBeUndefined()
    expect(b.cache.stats().l2.frameErrors).toBe(1)
    expect(tier.all).toMatchObject([
      { state: 'error', error: { code: 'ERR_FRAME', message: expect.stringMatching(says) } },
    ])
    using loads = new Records('load', stage.namespace)
    expect(await b.cache.getOrSet('k', () => 'loaded')).toBe('loaded')
    expect(await loads.first()).toMatchObject({ outcome: 'filled' })
    const newcomer = await stage.instance()
    expect(await newcomer.cache.get('k')).toBe('loaded')
  })
})

test('a key of another type where an entry would be is a miss, and a change takes its place', async () => {
  const [a, b] = await stage.pair()
  await stage.admin.lpush(stage.keys.entry('k'), 'not ours')
  expect(await b.cache.get('k')).toBeUndefined()
  for (let i = 0; i < 30; i++) expect(await b.cache.getOrSet('k', () => i, { ttl: 0 })).toBe(i)
  expect(b.cache.stats().l2.state).toBe('closed') // Redis is well: it is this key that is not ours
  await heardBy([b], () => a.cache.set('k', 'ours'))
  expect(await b.cache.get('k')).toBe('ours')
})

/** What may be found where the cache keeps its books. */
const BOOKS: readonly [string, (keys: ShardKeys) => string][] = [
  ['the numbering', (keys) => keys.meta],
  ['the log', (keys) => keys.log],
  ['a record', (keys) => keys.tag('t')],
  ['a fence', (keys) => keys.fence('k')],
  ['a lease', (keys) => keys.lease('k')],
  ['the intents', (keys) => keys.intents],
  ['what waits', (keys) => keys.waiting],
]

describe.each(BOOKS)('of another program, where %s would be,', (_what, nameOf) => {
  const options = { tags: ['t'] }

  test.each([
    ['a list', (name: string) => stage.admin.lpush(name, 'not ours')],
    ['a set', (name: string) => stage.admin.sadd(name, 'not ours')],
    ['three bytes', (name: string) => stage.admin.set(name, 'abc')],
    ['eight bytes that are no number', (name: string) => stage.admin.set(name, NOT_A_NUMBER)],
  ])('%s stops nothing but what it stands for', async (_, spoil) => {
    const { cache } = await stage.instance({
      coherence: { beat: '50ms', maxStaleness: '1h' },
      l2: { timeout: '20s', leaseWait: '50ms' },
    })
    const name = nameOf(stage.keys)
    const change = async (): Promise<void> => {
      await stage.admin.del(name)
      await spoil(name)
      await cache.delete('other') // who finds out only now makes a new numbering
    }
    await change()
    let loads = 0
    await until('a loaded value to be kept', async () => {
      await cache.getOrSet('k', () => ++loads, options)
      return stage.admin.exists(stage.keys.entry('k'))
    })
    await change()
    expect(await cache.update<number>('u', (n = 0) => n + 1, options)).toBe(1)
    await change()
    expect(await cache.increment('n', 1, options)).toBe(1)
    await change()
    await cache.invalidateTags(['t'])
    expect(await cache.get('n')).toBeUndefined()
    await change()
    expect(await cache.mutate({ keys: ['k'], tags: ['t'] }, () => 'done')).toBe('done')
    expect(await cache.get('k')).toBeUndefined()
    expect(cache.stats().l2.state).toBe('closed')
  })
})

test.each(['', 'no message', '1 x', '9 line inc 5 []', '1 line inc 5 {', '1 line inc 5 ["?"]'])(
  'a message that is none of ours (%j) costs trust, and no more',
  async (message) => {
    const [a, b] = await stage.pair()
    await heardBy([b], () => a.cache.set('k', 'value'))
    expect(await b.cache.get('k')).toBe('value')
    await heardBy([a, b], () => stage.admin.publish(stage.keys.channel, message))
    await stage.allTrusting()
    expect(await b.cache.get('k')).toBe('value')
    await heardBy([b], () => a.cache.set('k', 'new'))
    expect(await b.cache.get('k')).toBe('new')
  },
)

test('a numbering that is not ours is replaced by a new one', async () => {
  const coherence = { beat: '10m', maxStaleness: '1h', healWindow: 0 } as const
  const [a, b] = await stage.pair({ coherence })
  await heardBy([b], () => a.cache.set('k', 'old'))
  await stage.admin.set(stage.keys.meta, 'not ours')
  expect(await b.cache.get('k')).toBeUndefined()
  await heardBy([b], () => a.cache.set('k', 'new'))
  expect(await b.cache.get('k')).toBe('new')
})
