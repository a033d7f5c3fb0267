import { describe, expect, test } from 'vitest'
import { reads, runs } from '../support/commands.ts'
import { expectEverywhere } from '../support/everywhere.ts'
import { heardBy } from '../support/messages.ts'
import { KEY, OVERTAKINGS, TAG } from '../support/overtakings.ts'
import { Stage } from '../support/stage.ts'
import { until } from '../support/until.ts'

const stage = new Stage()

describe.each(OVERTAKINGS)('$name', ({ name, change, found }) => {
  const isOfKey = name !== 'invalidateTags' && name !== 'clear'

  test('a read between the local drop and the answer of Redis is not kept beyond it', async () => {
    const [a, b] = await stage.pair()
    await heardBy([b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
    expect(await b.cache.get(KEY)).toBe('old')
    // One script is in flight at a time: while this one is, the change waits and reads pass it.
    const first = b.proxy.holdReply(runs('change', 'unrelated'))
    const unrelated = b.cache.delete('unrelated')
    await first.arrived
    const changing = change(b.cache)
    const { replies } = b.proxy.stats
    const between = b.cache.get(KEY, { tags: [TAG] })
    // What a tag or a clear drops is in L1 until the answer; for a key L2 is asked.
    if (isOfKey) await until('the answer to the read', () => b.proxy.stats.replies > replies)
    first.release()
    await Promise.all([unrelated, between, changing])
    await until('the message to be applied', () => a.cache.peek(KEY) !== 'old')
    expect([undefined, found]).toContain(b.cache.peek(KEY))
    await expectEverywhere(stage, [a, b], found)
  })

  test('a read made when it is done does not join a read from before the call', async () => {
    const [a, b] = await stage.pair()
    await heardBy([b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
    const answer = b.proxy.holdReply(reads(KEY))
    const early = b.cache.get(KEY, { tags: [TAG] })
    await answer.arrived
    const changing = change(b.cache)
    const between = b.cache.get(KEY, { tags: [TAG] })
    answer.release()
    await changing
    expect(await b.cache.get(KEY, { tags: [TAG] })).toBe(found)
    await Promise.all([early, between])
    await until('the message to be applied', () => a.cache.peek(KEY) !== 'old')
    await expectEverywhere(stage, [a, b], found)
  })

  test('its caller never reads the old value after it, however late the message', async () => {
    const [a, b] = await stage.pair()
    await heardBy([a], () => b.cache.set(KEY, 'old', { tags: [TAG] }))
    const messages = b.proxy.holdMessages()
    await change(b.cache)
    expect(b.cache.peek(KEY)).toBe(found === 'new' ? 'new' : undefined)
    expect(await b.cache.get(KEY)).toBe(found)
    await messages.arrived()
    await heardBy([b], async () => messages.end())
    await expectEverywhere(stage, [a, b], found)
  })
})

test('an echo of an own change does not drop what was loaded since', async () => {
  const [, b] = await stage.pair()
  const messages = b.proxy.holdMessages()
  await b.cache.delete(KEY)
  await b.cache.getOrSet(KEY, () => 'loaded since')
  await messages.arrived()
  await heardBy([b], async () => messages.end())
  expect(b.cache.peek(KEY)).toBe('loaded since')
})
