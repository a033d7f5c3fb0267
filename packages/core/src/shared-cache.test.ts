import { expect, test } from 'vitest'
import { sharedCache } from './shared-cache.ts'

test('there is one cache for each namespace, until it is closed', async () => {
  const users = sharedCache({ namespace: 'shared:users' })
  const orders = sharedCache({ namespace: 'shared:orders' })
  expect(orders).not.toBe(users)
  expect(sharedCache({ namespace: 'shared:users' })).toBe(users)
  const staged = sharedCache({ namespace: 'users', environment: 'shared' })
  expect(staged).toBe(users) // the same names, the same cache
  await users.close()
  const next = sharedCache({ namespace: 'shared:users' })
  expect(next).not.toBe(users)
  expect(next.isClosed).toBe(false)
  await Promise.all([next.close(), orders.close()])
})
