import { expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'
import { held } from '../testing/held.ts'
import { settled } from '../testing/manual-clock.ts'

const stage = new ManualStage()

test('what waits here for Redis is brought there before the right to load is asked for again', async () => {
  const a = await stage.instance()
  const b = await stage.instance()
  const source = held<string>()
  const loading = a.cache.getOrSet('k', () => source.promise)
  await settled()
  const waiting = b.cache.getOrSet('k', () => 'own') // the right is a's: b looks again
  await settled()
  stage.redis.state = 'away'
  expect(await b.cache.delete('other')).toBe('here')
  stage.redis.state = 'well'
  stage.redis.asked.length = 0
  await stage.clock.advance(200)
  const { asked } = stage.redis
  expect(asked).toContain('acquire')
  expect(asked.indexOf('acquire')).toBeGreaterThan(asked.indexOf('change'))
  expect(asked.indexOf('change')).toBeGreaterThanOrEqual(0)
  source.resolve('v')
  await loading
  await stage.clock.advance(2_000)
  await waiting
})

test('what another instance loaded is no answer once it was made stale', async () => {
  const a = await stage.instance()
  const b = await stage.instance()
  const source = held<string>()
  const loading = a.cache.getOrSet('k', () => source.promise)
  await settled()
  const waiting = b.cache.getOrSet('k', () => 'new')
  await settled()
  const acquire = b.link.l2.acquire.bind(b.link.l2)
  b.link.l2.acquire = async (...args) => {
    const acquired = await acquire(...args)
    // The reply says "stored, and fresh"; before b reads it, it is not.
    const isStored = stage.redis.stored('k') !== undefined
    if (isStored) await a.cache.expire('k')
    return acquired
  }
  source.resolve('old')
  await loading
  await stage.clock.advance(2_000)
  expect(await waiting).toBe('new')
})
