import { test } from 'vitest'
import { runs } from '../support/commands.ts'
import { expectEverywhere } from '../support/everywhere.ts'
import { heardBy } from '../support/messages.ts'
import { KEY } from '../support/overtakings.ts'
import { Stage } from '../support/stage.ts'

const stage = new Stage()

test('two sets at once end with one value, though each hears of the other before its own answer', async () => {
  const [a, b] = await stage.pair()
  const answers = [a, b].map(({ proxy }) => proxy.holdReply(runs('change')))
  const heard = heardBy([a, b], async () => {
    const setting = [a.cache.set(KEY, 'of a'), b.cache.set(KEY, 'of b')]
    for (const { arrived } of answers) await arrived
    return setting
  })
  await heard
  for (const answer of answers) answer.release()
  await heardBy([a, b], () => a.cache.delete('to see the messages through'))
  const newcomer = await stage.instance()
  await expectEverywhere(stage, [a, b], await newcomer.cache.get(KEY))
})

test('two sets at once end with one value, though each hears of the other long after its own answer', async () => {
  const [a, b] = await stage.pair()
  const messages = [a, b].map(({ proxy }) => proxy.holdMessages())
  await Promise.all([a.cache.set(KEY, 'of a'), b.cache.set(KEY, 'of b')])
  for (const held of messages) await held.arrived(2)
  await heardBy([a, b], async () => messages.forEach((held) => held.end()))
  await heardBy([a, b], () => a.cache.delete('to see the messages through'))
  const newcomer = await stage.instance()
  await expectEverywhere(stage, [a, b], await newcomer.cache.get(KEY))
})

test('the set that Redis executes last wins, though its answer comes first', async () => {
  const [a, b] = await stage.pair()
  const answer = a.proxy.holdReply(runs('change'))
  const first = a.cache.set(KEY, 'first')
  await answer.arrived
  await heardBy([a, b], () => b.cache.set(KEY, 'last'))
  answer.release()
  await first
  await expectEverywhere(stage, [a, b], 'last')
})

test('of many sets by one instance at once the last call wins', async () => {
  const [a, b] = await stage.pair()
  await heardBy([a, b], () =>
    Promise.all(Array.from({ length: 20 }, (_, i) => a.cache.set(KEY, `value ${i}`))),
  )
  await heardBy([a, b], () => b.cache.delete('to see the messages through'))
  await expectEverywhere(stage, [a, b], 'value 19')
})

test('a set and a tag of it invalidated behind it, in one go, leave nothing', async () => {
  const [a, b] = await stage.pair()
  await Promise.all([
    a.cache.delete('to have one in flight'),
    a.cache.set(KEY, 'old', { tags: ['t'] }),
    a.cache.invalidateTags(['t']),
  ])
  await heardBy([b], () => a.cache.delete('to see the messages through'))
  await expectEverywhere(stage, [a, b], undefined)
})

test('a set and a delete behind it, in one go, leave nothing', async () => {
  const [a, b] = await stage.pair()
  await Promise.all([
    a.cache.delete('to have one in flight'),
    a.cache.set(KEY, 'old'),
    a.cache.delete(KEY),
  ])
  await heardBy([b], () => a.cache.delete('to see the messages through'))
  await expectEverywhere(stage, [a, b], undefined)
})
