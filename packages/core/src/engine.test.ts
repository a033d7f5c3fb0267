import { expect, test } from 'vitest'
import { ManualStage } from '../test/support-unit/manual-stage.ts'
import { hear } from '../test/support-unit/records.ts'

const stage = new ManualStage()

test('what close can not bring to Redis is counted and reported', async () => {
  stage.redis.state = 'away'
  const { cache } = await stage.instance()
  const setting = cache.set('k', 'v')
  await stage.clock.advance(500)
  expect(await setting).toBe('here')
  expect(await cache.invalidateTags(['a', 'b'])).toBe('here')
  expect(cache.stats().coherence).toMatchObject({ outbox: 3, outboxDropped: 0 })
  using records = hear('test')
  const closing = cache.close()
  await stage.clock.advance(5_000)
  await closing
  expect(cache.stats().coherence).toMatchObject({ outbox: 0, outboxDropped: 3 })
  const reported = records.heard.filter(({ on }) => on === 'tier').at(-1)
  expect(reported).toMatchObject({ state: 'error', shard: 0, error: { code: 'ERR_TIER' } })
  expect(String(reported?.['error'])).toContain('3 invalidations waited for Redis')
})

test('close brings what waits to a Redis that answers again, without the beat', async () => {
  const { cache } = await stage.instance()
  const other = await stage.instance()
  await other.cache.set('k', 'old')
  stage.redis.state = 'away'
  expect(await cache.delete('k')).toBe('here')
  stage.redis.state = 'well'
  using records = hear('test')
  const closing = cache.close()
  await stage.clock.advance(100)
  await closing
  expect(stage.redis.stored('k')).toBeUndefined()
  expect(cache.stats().coherence).toMatchObject({ outbox: 0, outboxDropped: 0 })
  expect(records.heard.filter(({ on, state }) => on === 'tier' && state === 'error')).toEqual([])
})

test('a cache with nothing to bring asks nothing of Redis as it closes', async () => {
  const { cache } = await stage.instance()
  await cache.set('k', 'v')
  stage.redis.asked.length = 0
  await cache.close()
  expect(stage.redis.asked).toEqual([])
})
