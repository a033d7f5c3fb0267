import { type Cache, type CacheOptions, createCache } from '@tiercel/core'
import { type DevRedis, ask, startRedis } from '@tiercel/dev-redis'
import { describe, expect, test, vi } from 'vitest'

/** What guide/backup.md says of older copies of Redis' data, done. */

const BEATING = { beat: '100ms', maxStaleness: '1s' } as const
const WAITS = { firstRetry: '1h', lastRetry: '1h', lease: '1s' } as const

async function open(
  redis: DevRedis,
  coherence: NonNullable<CacheOptions['coherence']> = BEATING,
): Promise<Cache> {
  const cache = createCache({ namespace: 'shop', redis: redis.url, coherence })
  await cache.ready()
  return cache
}

/** Ends the server without warning, and starts it with what was saved last. */
async function startFromCopy(redis: DevRedis): Promise<void> {
  await redis.kill()
  await redis.restart()
}

describe.skipIf(process.env['REDIS_URL'])('a Redis that starts from an older copy', () => {
  test('serves old values if nobody ran meanwhile, and none once the numbering is deleted; settings and what waits stay', async () => {
    await using redis = await startRedis()
    const before = await open(redis)
    const away = () => Promise.reject(new Error('the source is away'))
    const carts = before.writer({ name: 'carts', mode: 'behind', write: away, queue: WAITS })
    await before.keyspace('user:{id}').configure({ ttl: '7m' }, { everywhere: true })
    await before.set('price', 'old', { ttl: '1h' })
    await carts.set('cart', 'apple')
    await ask(redis, ['SAVE'])
    await before.set('price', 'new', { ttl: '1h' })
    await before.close({ within: '200ms' })
    await startFromCopy(redis)

    const unaware = await open(redis)
    expect(await unaware.get('price')).toBe('old')
    await unaware.close()
    await ask(redis, ['DEL', '{shop:0}:m'])

    const after = await open(redis)
    expect(await after.get('price')).toBeUndefined()
    const users = after.keyspace('user:{id}')
    await vi.waitUntil(() => users.settings.ttl === 420_000, { timeout: 20_000 })
    const written: unknown[] = []
    const write = (writes: readonly { readonly key: string; readonly value: unknown }[]): void => {
      written.push(...writes.map(({ key, value }) => [key, value]))
    }
    const again = after.writer({ name: 'carts', mode: 'behind', write, queue: WAITS })
    expect(await again.flush()).toBe(true)
    expect(written).toEqual([['cart', 'apple']])
    await after.close()
  })

  test('is noticed by who ran all the time: all is cleared that the copy lacks, and more', async () => {
    await using redis = await startRedis()
    const cache = await open(redis, { ...BEATING, healWindow: 0 }) // nothing is remembered to be sent again
    await cache.set('price', 'old', { ttl: '1h' })
    await ask(redis, ['SAVE'])
    await cache.set('price', 'new', { ttl: '1h' })
    const began = performance.now()
    const isCounted = () => cache.stats().coherence.confirmedAgo < performance.now() - began
    await vi.waitUntil(isCounted, { timeout: 20_000 }) // a beat has asked since
    await startFromCopy(redis)
    await vi.waitUntil(() => cache.stats().coherence.dataLosses === 1, { timeout: 20_000 })
    await vi.waitUntil(() => cache.stats().coherence.isConfirmed, { timeout: 20_000 })
    expect(await cache.get('price')).toBeUndefined()
    const later = await open(redis)
    expect(await later.get('price')).toBeUndefined()
    await Promise.all([cache.close(), later.close()])
  })
})
