import { describe, expect, test } from 'vitest'
import type { Cache } from '../../src/index.ts'
import { runs } from '../support/commands.ts'
import { expectEverywhere } from '../support/everywhere.ts'
import { HeldLoader } from '../support/held-loader.ts'
import { heardBy } from '../support/messages.ts'
import { KEY, OVERTAKINGS, TAG } from '../support/overtakings.ts'
import { Records } from '../support/records.ts'
import { Stage } from '../support/stage.ts'
import { until } from '../support/until.ts'

const stage = new Stage()

describe.each(OVERTAKINGS)('$name', ({ change, found }) => {
  test('a load that it overtakes from another instance is not kept', async () => {
    const [a, b] = await stage.pair()
    using loads = new Records('load', stage.namespace)
    const loader = new HeldLoader()
    const reading = b.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
    await loader.called
    await heardBy([b], () => change(a.cache))
    loader.answer('old')
    expect(await reading).toBe('old') // it asked before the change
    expect([undefined, found]).toContain(b.cache.peek(KEY))
    await loads.first()
    await expectEverywhere(stage, [a, b], found)
  })

  test('a load that it overtakes is not kept though the message comes after the load', async () => {
    const [a, b] = await stage.pair()
    using loads = new Records('load', stage.namespace)
    const loader = new HeldLoader()
    const reading = b.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
    await loader.called
    const messages = b.proxy.holdMessages()
    await change(a.cache)
    await messages.arrived()
    loader.answer('old')
    await reading
    expect(await loads.first()).toMatchObject({ outcome: 'refused' })
    expect(b.cache.peek(KEY)).toBeUndefined()
    await heardBy([b], async () => messages.end())
    await expectEverywhere(stage, [a, b], found)
  })

  test('a load that it overtakes from the same instance is not kept', async () => {
    const [a, b] = await stage.pair()
    using loads = new Records('load', stage.namespace)
    const loader = new HeldLoader()
    const reading = b.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
    await loader.called
    await heardBy([a], () => change(b.cache))
    loader.answer('old')
    await reading
    expect([undefined, found]).toContain(b.cache.peek(KEY))
    await loads.first()
    await expectEverywhere(stage, [a, b], found)
  })

  test('a load that ends before the answer to it, from the same instance, is not kept', async () => {
    const [a, b] = await stage.pair()
    using loads = new Records('load', stage.namespace)
    const loader = new HeldLoader()
    const reading = b.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
    await loader.called
    const messages = b.proxy.holdMessages()
    const answer = b.proxy.holdReply(runs('change'))
    const changing = change(b.cache)
    await answer.arrived
    loader.answer('old')
    await reading
    answer.release()
    await changing
    expect([undefined, found]).toContain(b.cache.peek(KEY))
    await loads.first()
    await heardBy([b], async () => messages.end())
    await expectEverywhere(stage, [a, b], found)
  })

  test('a read made after it does not join a load that began before', async () => {
    const [a, b] = await stage.pair()
    const loader = new HeldLoader()
    const early = b.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
    await loader.called
    await heardBy([b], () => change(a.cache))
    const late = await b.cache.getOrSet(KEY, () => 'later', { tags: [TAG] })
    expect(late).toBe(found ?? 'later')
    loader.answer('old')
    await early
    await expectEverywhere(stage, [a, b], found ?? 'later')
  })

  test('a fill that reaches Redis after it is refused', async () => {
    const [a, b] = await stage.pair()
    using loads = new Records('load', stage.namespace)
    const fill = b.proxy.holdCommand(runs('fill'))
    await b.cache.getOrSet(KEY, () => 'old', { tags: [TAG] })
    await fill.arrived
    await heardBy([b], () => change(a.cache))
    expect(b.cache.peek(KEY)).toBeUndefined()
    fill.release()
    expect(await loads.first()).toMatchObject({ outcome: 'refused' })
    await expectEverywhere(stage, [a, b], found)
  })

  test('a fill whose answer comes after it is not kept', async () => {
    const [a, b] = await stage.pair()
    using loads = new Records('load', stage.namespace)
    const fill = b.proxy.holdReply(runs('fill'))
    await b.cache.getOrSet(KEY, () => 'old', { tags: [TAG] })
    await fill.arrived
    await heardBy([b], () => change(a.cache))
    expect(b.cache.peek(KEY)).toBeUndefined()
    fill.release()
    expect(await loads.first()).toMatchObject({ outcome: 'filled' })
    await expectEverywhere(stage, [a, b], found)
  })
})

test('a bulk load that is overtaken for one of its keys keeps the others', async () => {
  const [a, b] = await stage.pair()
  const loader = new HeldLoader<[string, string][]>()
  const reading = b.cache.getOrSetMany(['k1', 'k2', 'k3'], loader.load)
  await loader.called
  await heardBy([b], () => a.cache.delete('k2'))
  using loads = new Records('load', stage.namespace)
  loader.answer([
    ['k1', 'v1'],
    ['k2', 'old'],
    ['k3', 'v3'],
  ])
  expect((await reading).get('k2')).toBe('old')
  for (const key of ['k1', 'k2', 'k3']) await loads.first((record) => record.key === key)
  for (const { cache } of [a, b]) {
    expect(await cache.getMany(['k1', 'k2', 'k3'])).toEqual(
      new Map([
        ['k1', 'v1'],
        ['k3', 'v3'],
      ]),
    )
  }
})

test('a load that was refused leaves no lease behind that the next one would wait for', async () => {
  const [a, b] = await stage.pair()
  const loader = new HeldLoader()
  const reading = b.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
  await loader.called
  await heardBy([b], () => a.cache.invalidateTags([TAG]))
  loader.answer('old')
  await reading
  await until('the lease to be given back', async () => {
    return (await stage.admin.exists(stage.keys.lease(KEY))) === 0
  })
})

test.each([
  ['invalidateTags', (cache: Cache) => cache.invalidateTags([TAG])],
  ['clear', (cache: Cache) => cache.clear()],
])('a load that %s overtakes is not waited for by who reads after it', async (_, change) => {
  const waiting = { l2: { timeout: '20s', leaseTtl: '60s', leaseWait: '20s' } } as const
  const [a, b, c] = [...(await stage.pair(waiting)), await stage.instance(waiting)]
  const loader = new HeldLoader()
  const early = a.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
  await loader.called
  await heardBy([a, b, c], () => change(b.cache))
  expect(await c.cache.getOrSet(KEY, () => 'later', { tags: [TAG] })).toBe('later')
  expect(await b.cache.getOrSet(KEY, () => 'not asked', { tags: [TAG] })).toBe('later')
  loader.answer('old')
  expect(await early).toBe('old')
  await expectEverywhere(stage, [a, b, c], 'later')
})
