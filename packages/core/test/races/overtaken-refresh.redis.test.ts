import { describe, expect, test } from 'vitest'
import { expectEverywhere } from '../support/everywhere.ts'
import { HeldLoader } from '../support/held-loader.ts'
import { heardBy } from '../support/messages.ts'
import { KEY, OVERTAKINGS, TAG } from '../support/overtakings.ts'
import { Records } from '../support/records.ts'
import { Stage } from '../support/stage.ts'

const stage = new Stage()
const REFRESHED = { ttl: '1h', staleWhileRevalidate: '1h', tags: [TAG] } as const

describe.each(OVERTAKINGS)('$name', ({ change, found }) => {
  test.each(['another', 'the same'])(
    'a refresh behind the reader that it overtakes from %s instance is not kept',
    async (origin) => {
      const [a, b] = await stage.pair()
      await heardBy([b], () => a.cache.set(KEY, 'first', REFRESHED))
      await heardBy([b], () => a.cache.expire(KEY))
      using loads = new Records('load', stage.namespace)
      const loader = new HeldLoader()
      expect(await b.cache.getOrSet(KEY, loader.load, REFRESHED)).toBe('first')
      await loader.called
      const [origins, hears] = origin === 'another' ? [a, b] : [b, a]
      await heardBy([hears], () => change(origins.cache))
      loader.answer('old')
      await loads.first()
      await expectEverywhere(stage, [a, b], found)
    },
  )

  test('what was stale is not served any more after it', async () => {
    const [a, b] = await stage.pair()
    await heardBy([b], () => a.cache.set(KEY, 'first', REFRESHED))
    await heardBy([b], () => a.cache.expire(KEY))
    const loader = new HeldLoader()
    expect(await b.cache.getOrSet(KEY, loader.load, REFRESHED)).toBe('first')
    await loader.called
    await heardBy([b], () => change(a.cache))
    const late = await b.cache.getOrSet(KEY, () => 'later', REFRESHED)
    // What was made stale is kept for just this; what was dropped is not.
    expect(late).toBe(found ?? (change.toString().includes('expire') ? 'first' : 'later'))
    loader.answer('old')
  })
})

test('what is in its grace is not served for a failed load after it was invalidated', async () => {
  const [a, b] = await stage.pair()
  const policy = { ttl: '1h', grace: '1h', tags: [TAG] } as const
  await heardBy([b], () => a.cache.set(KEY, 'first', policy))
  await heardBy([b], () => a.cache.expire(KEY))
  const loader = new HeldLoader()
  const reading = b.cache.getOrSet(KEY, loader.load, policy)
  await loader.called
  await heardBy([b], () => a.cache.invalidateTags([TAG]))
  loader.fail(new Error('the source is away'))
  await expect(reading).rejects.toThrow('the source is away')
})
