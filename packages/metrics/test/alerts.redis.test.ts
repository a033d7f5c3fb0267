import { type DevRedis, startRedis, until } from '@tiercel/dev-redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Alert, RULES, alerts } from '../src/alerts/index.ts'
import { Caches } from './support/caches.ts'

let redis: DevRedis
const caches = new Caches(() => redis.url)

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(() => redis.stop())

test('a write that was given up fires, by the name of its writer, until somebody has looked', async () => {
  const cache = await caches.make()
  const writer = cache.writer<string>({
    name: 'carts',
    mode: 'behind',
    write: () => {
      throw new Error('the source is down')
    },
    queue: { maxDelay: 0, maxAttempts: 1 },
  })
  const quiet = cache.writer({ name: 'orders', mode: 'behind', write: () => {} })
  const heard: Alert[] = []
  using _ = alerts(cache, {
    interval: 10,
    rules: RULES.filter(({ signal }) => signal === 'deadLetters'),
    writers: [quiet, writer],
    onAlert: (alert) => heard.push(alert),
  })
  await writer.set('cart:1', 'one')
  await until('the alert', () => heard.length > 0)
  const [letter] = await writer.deadLetters()
  expect(await writer.drop(letter as never)).toBe(true)
  await until('it to be over', () => heard.length > 1)
  const about = { rule: { name: 'TiercelWritesGivenUp' }, writer: 'carts' }
  expect(heard).toMatchObject([
    { ...about, state: 'firing', value: 1 },
    { ...about, state: 'resolved', value: 0 },
  ])
})
