import { expect, test } from 'vitest'
import { ManualStage } from '../test/support-unit/manual-stage.ts'
import { hear } from '../test/support-unit/records.ts'
import { settled } from './testing/manual-clock.ts'

const BEAT = 1_000
const stage = new ManualStage()

test('a connection that has been silent for three beats is given up for a new one, again and again', async () => {
  const { link } = await stage.instance()
  stage.clock.chance = 0.5
  stage.redis.state = 'silent'
  await stage.clock.advance(3 * BEAT)
  expect(link.resets).toBe(0)
  await stage.clock.advance(2 * BEAT)
  expect(link.resets).toBe(1)
  await stage.clock.advance(4 * BEAT)
  expect(link.resets).toBe(2)
  stage.redis.state = 'well'
  await stage.clock.advance(10 * BEAT)
  expect(link.resets).toBe(2)
})

test('the state of Redis is reported once when it goes, and once when it is back', async () => {
  const { cache } = await stage.instance()
  using records = hear('test')
  const states = (): unknown[] =>
    records.heard
      .filter(({ on, state }) => on === 'tier' && state !== 'error')
      .map(({ state }) => state)
  stage.redis.state = 'away'
  for (let i = 0; i < 10; i++) await cache.get(`k${i}`)
  expect(states()).toEqual(['open'])
  expect(cache.stats().l2).toMatchObject({ state: 'open', errors: 5 })
  stage.redis.asked.length = 0
  expect(await cache.getOrSet('k', () => 'loaded alone')).toBe('loaded alone')
  expect(await cache.delete('k')).toBe('here')
  expect(stage.redis.asked).toEqual([])
  stage.redis.state = 'well'
  await stage.clock.advance(2 * BEAT)
  expect(states()).toEqual(['open', 'closed'])
  expect(cache.stats()).toMatchObject({
    l2: { state: 'closed' },
    coherence: { outbox: 0, isConfirmed: true },
  })
})

test('a subscription that is lost ends the trust at once, and one that is found again asks', async () => {
  const { cache, link, engine } = await stage.instance()
  await cache.set('k', 'v')
  await stage.clock.advance(6_000)
  expect(cache.peek('k')).toBe('v')
  using records = hear('test')
  stage.redis.state = 'away'
  link.lose()
  expect(records.heard.map(({ on, state }) => [on, state])).toEqual([
    ['bus', 'lost'],
    ['bus', 'subscribed'],
  ])
  expect(engine.shards[0]?.view.trustUntil).toBe(-Infinity)
  expect(cache.peek('k')).toBeUndefined()
  expect(cache.stats().coherence).toMatchObject({ isConfirmed: false, confirmedAgo: Infinity })
  stage.redis.state = 'well'
  await stage.clock.advance(2 * BEAT)
  expect(cache.peek('k')).toBe('v')
})

test('what a subscription misses is counted and reported, and a deaf one is made anew', async () => {
  const a = await stage.instance()
  const b = await stage.instance()
  using records = hear('test')
  b.link.isDeaf = true
  for (let i = 0; i < 2; i++) {
    await a.cache.set('k', i)
    await stage.clock.advance(2 * BEAT)
  }
  await stage.clock.advance(BEAT)
  expect(b.cache.stats().coherence).toMatchObject({ gaps: 2, reconnects: 1, messages: 0 })
  expect(a.cache.stats().coherence).toMatchObject({ gaps: 0, reconnects: 0, messages: 2 })
  expect(b.link.resubscribed).toBe(1)
  expect(records.heard.filter(({ on }) => on === 'bus')).toEqual([
    { on: 'bus', state: 'gap', shard: 0 },
    { on: 'bus', state: 'gap', shard: 0 },
    { on: 'bus', state: 'lost' },
    { on: 'bus', state: 'subscribed' },
  ])
})

test('a read that comes before Redis was reached waits for it, and so finds what is there', async () => {
  const a = await stage.instance()
  await a.cache.set('k', 'v')
  const late = await stage.instance()
  late.engine.shards[0]?.view.distrust()
  await a.cache.set('k', 'w')
  const reading = late.cache.get('k')
  await stage.clock.advance(60)
  expect(await reading).toBe('w')
})

test('a read whose wait for Redis is over is loaded here alone', async () => {
  stage.redis.state = 'silent'
  const { cache } = await stage.instance()
  let answer: string | undefined
  void cache
    .getOrSet('k', () => 'loaded alone')
    .then((value) => {
      answer = value
    })
  await stage.clock.advance(249)
  expect(answer).toBeUndefined()
  await stage.clock.advance(1)
  await settled()
  expect(answer).toBe('loaded alone')
})

test('`ready` waits for Redis as long as it is told to, and then says why it was not reached', async () => {
  const { cache } = await stage.instance()
  await expect(cache.ready()).resolves.toBeUndefined()
  stage.redis.state = 'away'
  const other = await stage.instance()
  let end = 'waits'
  const isReady = other.cache.ready({ within: '10s' }).then(
    () => {
      end = 'ready'
    },
    (error: Error) => {
      end = error.message
    },
  )
  await stage.clock.advance(9_900)
  expect(end).toBe('waits')
  await stage.clock.advance(200)
  await isReady
  expect(end).toBe('l2 hello: not connected')
  const again = other.cache.ready()
  await stage.clock.advance(1_000)
  stage.redis.state = 'well'
  await stage.clock.advance(1_000)
  await expect(again).resolves.toBeUndefined()
})

test('an error of Redis is reported before the breaker opens, and once a second at most', async () => {
  const { cache } = await stage.instance()
  using records = hear('test')
  const errors = (): unknown[] =>
    records.heard.filter(({ on, state }) => on === 'tier' && state === 'error')
  stage.redis.state = 'away'
  for (const key of ['a', 'b', 'c']) await cache.get(key)
  expect(errors()).toMatchObject([{ shard: 0, error: { code: 'ERR_TIER', operation: 'read' } }])
  expect(cache.stats().l2.errors).toBe(3)
  await stage.clock.advance(1_500)
  expect(errors().length).toBeLessThanOrEqual(3)
})
