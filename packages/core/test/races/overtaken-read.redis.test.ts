import { describe, expect, test } from 'vitest'
import { reads } from '../support/commands.ts'
import { expectEverywhere } from '../support/everywhere.ts'
import { heardBy } from '../support/messages.ts'
import { KEY, OVERTAKINGS, TAG } from '../support/overtakings.ts'
import { Stage } from '../support/stage.ts'

const stage = new Stage()

describe.each(OVERTAKINGS)('$name', ({ name, change, found }) => {
  test('a read of L2 whose answer it overtakes is not kept', async () => {
    const [a, b] = await stage.pair()
    await heardBy([b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
    const answer = b.proxy.holdReply(reads(KEY))
    const reading = b.cache.get(KEY, { tags: [TAG] })
    await answer.arrived
    await heardBy([b], () => change(a.cache))
    answer.release()
    // A change of the key has the read repeated; whether a tag concerns it is known only at its end.
    const isOfKey = name !== 'invalidateTags' && name !== 'clear'
    expect(isOfKey ? [found] : [found, 'old']).toContain(await reading)
    await expectEverywhere(stage, [a, b], found)
  })

  test('a read of L2 that did not name the tags is not kept if it is overtaken', async () => {
    const [a, b] = await stage.pair()
    await heardBy([b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
    const answer = b.proxy.holdReply(reads(KEY))
    const reading = b.cache.get(KEY)
    await answer.arrived
    await heardBy([b], () => change(a.cache))
    answer.release()
    expect(await reading).toBe(found)
    await expectEverywhere(stage, [a, b], found)
  })

  test('a read of L2 whose answer comes before the message is dropped by the message', async () => {
    const [a, b] = await stage.pair()
    await heardBy([b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
    const answer = b.proxy.holdReply(reads(KEY))
    const reading = b.cache.get(KEY, { tags: [TAG] })
    await answer.arrived
    const messages = b.proxy.holdMessages()
    await change(a.cache)
    await messages.arrived()
    answer.release()
    expect(await reading).toBe('old') // it was asked before the change
    await heardBy([b], async () => messages.end())
    await expectEverywhere(stage, [a, b], found)
  })

  test('a read of L2 that brings what is newer than the message is kept', async () => {
    const [a, b] = await stage.pair()
    const messages = b.proxy.holdMessages()
    await change(a.cache)
    await a.cache.set(KEY, 'newest', { tags: [TAG] })
    expect(await b.cache.get(KEY)).toBe('newest')
    await messages.arrived(2)
    await heardBy([b], async () => messages.release(0))
    await heardBy([b], async () => messages.end())
    expect(b.cache.peek(KEY)).toBe('newest')
  })

  test('a read made after it does not join a read that began before', async () => {
    const [a, b] = await stage.pair()
    await heardBy([b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
    const answer = b.proxy.holdReply(reads(KEY))
    const early = b.cache.get(KEY, { tags: [TAG] })
    await answer.arrived
    await heardBy([b], () => change(a.cache))
    const late = b.cache.get(KEY, { tags: [TAG] })
    answer.release()
    expect(await late).toBe(found)
    await early
    await expectEverywhere(stage, [a, b], found)
  })

  test('getMany that it overtakes for one of its keys keeps the others', async () => {
    const [a, b] = await stage.pair()
    await heardBy([b], async () => {
      await a.cache.setMany([
        ['k1', 'v1'],
        ['k3', 'v3'],
      ])
      await a.cache.set(KEY, 'old', { tags: [TAG] })
    })
    const answer = b.proxy.holdReply(reads(KEY))
    const reading = b.cache.getMany(['k1', KEY, 'k3'])
    await answer.arrived
    await heardBy([b], () => change(a.cache))
    answer.release()
    const values = await reading
    expect(values.get(KEY)).toBe(found)
    const others = name === 'clear' ? [undefined, undefined] : ['v1', 'v3']
    for (const { cache } of [a, b]) {
      expect([await cache.get('k1'), await cache.get('k3')]).toEqual(others)
    }
    await expectEverywhere(stage, [a, b], found)
  })
})

test('the record of a tag that is read while the tag is invalidated does not vouch for the entry', async () => {
  const [a, b] = await stage.pair()
  await heardBy([b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
  // The entry itself tells of its tag, so that a second read asks for the record.
  const answer = b.proxy.holdReply(reads(stage.keys.tag(TAG)))
  const reading = b.cache.get(KEY)
  await answer.arrived
  await heardBy([b], () => a.cache.invalidateTags([TAG]))
  const late = b.cache.get(KEY)
  answer.release()
  await reading
  expect(b.cache.peek(KEY)).toBeUndefined()
  expect(await late).toBeUndefined()
  await expectEverywhere(stage, [a, b], undefined)
})

test('a tag invalidated by an instance that does not know its entries drops them everywhere', async () => {
  const [a, b] = await stage.pair()
  await heardBy([b], () => a.cache.set(KEY, 'old', { tags: [TAG, 'other'] }))
  expect(await b.cache.get(KEY)).toBe('old')
  const c = await stage.instance()
  await heardBy([a, b], () => c.cache.invalidateTags([TAG]))
  expect([a.cache.peek(KEY), b.cache.peek(KEY)]).toEqual([undefined, undefined])
  await expectEverywhere(stage, [a, b, c], undefined)
})
