import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { prometheus } from '../src/prometheus.ts'
import { Caches } from './support/caches.ts'
import { scraped } from './support/scraped.ts'

const caches = new Caches()

test('families beyond the limit share a label, and nothing is lost', async () => {
  const register = new Registry()
  const cache = await caches.make()
  using _ = prometheus(cache, { register, maxFamilies: 2 })
  for (let i = 0; i < 5; i++) {
    const family = cache.keyspace(`family-${i}:{id}`, { load: () => i })
    await family.get({ id: 1 })
    await family.get({ id: 1 })
  }
  const value = await scraped(register)
  expect(value('reads')).toBe(10)
  expect(value('reads', { family: 'family-0:{id}', outcome: 'hit-l1' })).toBe(1)
  expect(value('reads', { family: 'family-1:{id}', outcome: 'loaded' })).toBe(1)
  expect(value('reads', { family: '(other)', outcome: 'hit-l1' })).toBe(3)
  expect(value('loads', { family: '(other)', outcome: 'filled' })).toBe(3)
})

test('no key is ever a label', async () => {
  const register = new Registry()
  const cache = await caches.make()
  using _ = prometheus(cache, { register })
  const users = cache.keyspace('user:{id}', { load: () => 1 })
  await users.get({ id: 'secret' })
  await cache.getOrSet('plain-secret', () => 1)
  await cache.set('set-secret', 1, { tags: ['tag-secret'] })
  expect(await register.metrics()).not.toContain('secret')
})

test.each([
  [{ name: '' }, 'name must be'],
  [{ maxFamilies: 0 }, 'maxFamilies must be'],
])('options are checked: %o', async (options, message) => {
  const cache = await caches.make()
  expect(() => prometheus(cache, { register: new Registry(), ...options })).toThrow(message)
})
