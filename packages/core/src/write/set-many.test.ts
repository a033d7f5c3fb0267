import { json } from '@tiercel/serializers'
import { expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'

const stage = new ManualStage()

test('what is set together does not end together: each key has a jitter of its own', async () => {
  const { cache } = await stage.instance({ defaults: { jitter: 0.5 } })
  const chances = [0, 0.5, 0.75]
  stage.clock.random = () => chances.shift() as number
  const keys = ['a', 'b', 'c']
  await cache.setMany(
    keys.map((key) => [key, 1]),
    { ttl: '100s' },
  )
  stage.clock.random = () => 0
  expect(keys.map((key) => stage.redis.remaining(key))).toEqual([100_000, 75_000, 62_500])
})

test('a value that is set is turned into bytes once, also where L1 counts them', async () => {
  const codec = json()
  let encoded = 0
  const counting = {
    ...codec,
    encode: (...args: Parameters<typeof codec.encode>) => {
      encoded++
      return codec.encode(...args)
    },
  }
  const options = { l1: { maxBytes: '1mb' }, l2: { codec: counting } } as const
  const { cache } = await stage.instance(options)
  await cache.set('k', 'v')
  expect(encoded).toBe(1)
  expect(cache.stats().l1.bytes).toBeGreaterThan(0)
  await stage.alone(options).set('k', 'v')
  expect(encoded).toBe(2)
})
