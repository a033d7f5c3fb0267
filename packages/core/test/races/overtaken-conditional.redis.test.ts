import { describe, expect, test } from 'vitest'
import { type Cache, entry, notModified } from '../../src/index.ts'
import { Deferred } from '../support/deferred.ts'
import { expectEverywhere } from '../support/everywhere.ts'
import { heardBy } from '../support/messages.ts'
import { KEY, OVERTAKINGS, TAG } from '../support/overtakings.ts'
import { Records } from '../support/records.ts'
import { Stage } from '../support/stage.ts'

const stage = new Stage()
const POLICY = { ttl: '1h', grace: '1h', tags: [TAG] } as const

/** Has `cache` hold a value that is stale, with an etag. */
async function holdStale(cache: Cache): Promise<void> {
  await cache.getOrSet(KEY, () => entry('first', { etag: '"1"' }), POLICY)
  await cache.expire(KEY)
}

describe.each(OVERTAKINGS)('$name', ({ change, found }) => {
  test.each(['another', 'the same'])(
    'a load that found nothing modified, and that it overtakes from %s instance, is not kept',
    async (origin) => {
      const [a, b] = await stage.pair()
      await holdStale(b.cache)
      using loads = new Records('load', stage.namespace)
      const [called, answer] = [new Deferred<string | undefined>(), new Deferred<void>()]
      const reading = b.cache.getOrSet<string>(
        KEY,
        async ({ stale }) => {
          called.resolve(stale?.etag)
          await answer.promise
          return notModified()
        },
        POLICY,
      )
      expect(await called.promise).toBe('"1"')
      const [origins, hears] = origin === 'another' ? [a, b] : [b, a]
      await heardBy([hears], () => change(origins.cache))
      answer.resolve()
      expect(await reading).toBe('first')
      await loads.first()
      await expectEverywhere(stage, [a, b], found)
    },
  )
})

test('what has not changed is fresh for every instance, with the tags that it had', async () => {
  const [a, b] = await stage.pair()
  await b.cache.getOrSet(KEY, () => entry('first', { etag: 'e', tags: ['loaded'] }), POLICY)
  await heardBy([a], () => b.cache.expire(KEY))
  using loads = new Records('load', stage.namespace)
  expect(await a.cache.getOrSet<string>(KEY, () => notModified(), POLICY)).toBe('first')
  await loads.first()
  expect(await b.cache.get(KEY)).toBe('first')
  await heardBy([b], () => a.cache.invalidateTags(['loaded']))
  await expectEverywhere(stage, [a, b], undefined)
})
