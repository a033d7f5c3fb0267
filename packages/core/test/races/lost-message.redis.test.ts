import { describe, expect, test } from 'vitest'
import { cutOff } from '../support/connection.ts'
import { runs } from '../support/commands.ts'
import { expectEverywhere } from '../support/everywhere.ts'
import { heardBy } from '../support/messages.ts'
import { KEY, OVERTAKINGS, TAG } from '../support/overtakings.ts'
import { BEATING, type Instance, Stage } from '../support/stage.ts'
import { eventually, until } from '../support/until.ts'

const stage = new Stage()

/** Both hold the value, and the change that the other makes is not told to `b`. */
async function loseMessage(
  [a, b]: readonly [Instance, Instance],
  change: (typeof OVERTAKINGS)[number]['change'],
): Promise<void> {
  await heardBy([a, b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
  expect(await b.cache.get(KEY)).toBe('old')
  const { messagesDropped } = b.proxy.stats
  const end = b.proxy.dropMessages(() => true)
  await heardBy([a], () => change(a.cache))
  await until('the message to be lost', () => b.proxy.stats.messagesDropped > messagesDropped)
  end()
}

describe.each(OVERTAKINGS)('a lost $name', ({ change, found }) => {
  test('is found by the beat and repaired, without a disconnect', async () => {
    const [a, b] = await stage.pair(BEATING)
    await loseMessage([a, b], change)
    await until('the old value to be dropped', () => b.cache.peek(KEY) !== 'old')
    await until('the trust in L1', () => b.cache.stats().coherence.isConfirmed)
    expect(b.cache.stats().coherence).toMatchObject({ gaps: 1, reconnects: 0 })
    await expectEverywhere(stage, [a, b], found)
  })

  test('is found by the next message', async () => {
    const [a, b] = await stage.pair()
    await loseMessage([a, b], change)
    expect(b.cache.peek(KEY)).toBe('old')
    await a.cache.delete('unrelated')
    await until('the old value to be dropped', () => b.cache.peek(KEY) !== 'old')
    expect(b.cache.stats().coherence.gaps).toBe(1)
    await expectEverywhere(stage, [a, b], found)
  })

  test('is found by any read of L2', async () => {
    const [a, b] = await stage.pair()
    await loseMessage([a, b], change)
    expect(b.cache.peek(KEY)).toBe('old')
    await b.cache.get('unrelated')
    await until('the old value to be dropped', () => b.cache.peek(KEY) !== 'old')
    await expectEverywhere(stage, [a, b], found)
  })

  test('that the log does not tell of any more has everything older read again', async () => {
    const [a, b] = await stage.pair()
    await heardBy([b], () => a.cache.set('other', 'kept'))
    expect(await b.cache.get('other')).toBe('kept')
    await loseMessage([a, b], change)
    await stage.admin.del(stage.keys.log)
    await a.cache.delete('unrelated')
    await until('the old value to be dropped', () => b.cache.peek(KEY) !== 'old')
    expect(b.cache.peek('other')).toBeUndefined()
    await expectEverywhere(stage, [a, b], found)
  })
})

test('a loss that a read shows while an earlier message is waited for is found too', async () => {
  const [a, b] = await stage.pair()
  await heardBy([a, b], () => a.cache.set(KEY, 'old'))
  expect(await b.cache.get(KEY)).toBe('old')
  const late = b.proxy.holdMessages()
  await a.cache.delete('unrelated')
  await b.cache.get('unrelated') // shows that a message is on its way
  await late.arrived()
  await heardBy([b], async () => late.end())
  b.proxy.dropMessages(() => true)
  await a.cache.delete(KEY)
  await b.cache.get('unrelated') // shows that one more is, which never comes
  await until('the old value to be dropped', () => b.cache.peek(KEY) === undefined)
})

test('messages that come late and in any order leave the newest value', async () => {
  const [a, b] = await stage.pair()
  const held = b.proxy.holdMessages()
  await a.cache.set(KEY, 'first')
  await a.cache.delete(KEY)
  await a.cache.set(KEY, 'last')
  expect(await b.cache.get(KEY)).toBe('last')
  await held.arrived(3)
  for (const index of [2, 0, 0]) await heardBy([b], async () => held.release(index))
  held.end()
  await expectEverywhere(stage, [a, b], 'last')
})

test('a message that comes twice does not drop what was read since', async () => {
  const [a, b] = await stage.pair()
  b.proxy.duplicateMessages(() => true)
  const { messages } = b.cache.stats().coherence
  await a.cache.set(KEY, 'value')
  expect(await b.cache.get(KEY)).toBe('value')
  await until('both', () => b.cache.stats().coherence.messages === messages + 2)
  expect(b.cache.peek(KEY)).toBe('value')
})

test('what was missed is replayed one by one, so that nothing else is dropped', async () => {
  const [a, b] = await stage.pair()
  await heardBy([b], () => a.cache.set('other', 'kept'))
  expect(await b.cache.get('other')).toBe('kept')
  await loseMessage([a, b], (cache) => cache.delete(KEY))
  await a.cache.delete('unrelated')
  await until('the old value to be dropped', () => b.cache.peek(KEY) === undefined)
  expect(b.cache.peek('other')).toBe('kept')
})

test('an answer that the messages have not caught up with does not confirm L1', async () => {
  const [a, b] = await stage.pair(BEATING)
  await heardBy([a, b], () => a.cache.set(KEY, 'old'))
  expect(await b.cache.get(KEY)).toBe('old')
  b.proxy.dropMessages(() => true)
  const replay = b.proxy.holdCommand(runs('replay')) // holds the connection: no repair
  await a.cache.delete(KEY)
  await replay.arrived
  await until('the trust to end', () => !b.cache.stats().coherence.isConfirmed)
  await until('the value to be out of its bound', () => b.cache.peek(KEY) === undefined)
  replay.release()
  await until('the trust to be back', () => b.cache.stats().coherence.isConfirmed)
  await expectEverywhere(stage, [a, b], undefined)
})

describe.each(OVERTAKINGS)('$name while pub/sub is killed', ({ change, found }) => {
  test('is true on the instance that could not hear it, within the bound', async () => {
    const [a, b] = await stage.pair(BEATING)
    await heardBy([a, b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
    expect(await b.cache.get(KEY)).toBe('old')
    await b.proxy.refuse()
    b.proxy.subscribers().cut()
    await change(a.cache)
    await until('the old value to be dropped', () => b.cache.peek(KEY) !== 'old')
    expect(await b.cache.get(KEY)).toBe(found)
    await b.proxy.refuse(false)
    await stage.allTrusting()
    await heardBy([b], () => a.cache.set(KEY, 'heard again', { tags: [TAG] }))
    await expectEverywhere(stage, [a, b], 'heard again')
  })

  test('is true after the subscription is back, though no beat asked meanwhile', async () => {
    const [a, b] = await stage.pair()
    await heardBy([a, b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
    expect(await b.cache.get(KEY)).toBe('old')
    await b.proxy.refuse()
    b.proxy.subscribers().cut()
    await change(a.cache)
    await b.proxy.refuse(false)
    await until('the old value to be dropped', () => b.cache.peek(KEY) !== 'old')
    await stage.allTrusting()
    await expectEverywhere(stage, [a, b], found)
  })
})

test('CLIENT KILL TYPE pubsub while many keys change leaves nothing old', async () => {
  const [a, b] = await stage.pair(BEATING)
  const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`)
  await heardBy([b], () => a.cache.setMany(keys.map((key) => [key, 'old'])))
  await b.cache.getMany(keys)
  const killing = stage.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  for (const key of keys) await a.cache.delete(key)
  await killing
  await until('all to be dropped', () => keys.every((key) => b.cache.peek(key) === undefined))
  expect(await b.cache.getMany(keys)).toEqual(new Map())
})

test('a subscription that looks alive and hears nothing is made anew', async () => {
  const [a, b] = await stage.pair(BEATING)
  const end = b.proxy.dropMessages(() => true)
  await until('the new subscription', async () => {
    await a.cache.delete(KEY)
    return b.cache.stats().coherence.reconnects > 0
  })
  end()
  await stage.allTrusting()
})

test('an instance that left its numbering and follows it again still finds what it misses', async () => {
  const [a, b] = await stage.pair()
  await cutOff(b)
  await b.cache.delete('unrelated') // kept for later, which leaves the numbering
  await b.proxy.refuse(false)
  await eventually('Redis to be reached', () => b.cache.ready().then(() => true))
  await stage.allTrusting()
  await loseMessage([a, b], (cache) => cache.delete(KEY))
  await b.cache.get('unrelated')
  await until('the old value to be dropped', () => b.cache.peek(KEY) === undefined)
})
