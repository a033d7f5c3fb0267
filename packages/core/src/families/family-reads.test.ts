import { expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'
import { ClosedError, LoadTimeoutError } from '../errors.ts'
import { held } from '../testing/held.ts'
import { settled } from '../testing/manual-clock.ts'

const stage = new ManualStage()

test('a load of which nothing is kept has all of its hard timeout, however long that is', async () => {
  const cache = stage.alone()
  const loads = [held<string>(), held<string>()]
  let begun = 0
  const users = cache.keyspace('user:{id}', {
    hardTimeout: '30d', // longer than any timer of Node
    load: () => loads[begun++]!.promise,
  })
  await users.configure({ enabled: false })
  const ended: unknown[] = []
  const [late, done] = [users.get({ id: 1 }), users.get({ id: 2 })]
  late.catch((error: unknown) => ended.push(error))
  await stage.clock.advance(30 * 86_400_000 - 1)
  await new Promise((resolve) => setTimeout(resolve, 5)) // a timer that can't hold it would have run
  expect(ended).toEqual([])
  loads[1]!.resolve('found')
  expect(await done).toBe('found')
  await stage.clock.advance(1)
  await settled()
  expect(ended).toEqual([expect.any(LoadTimeoutError)])
  expect(stage.clock.timers).toBe(0)
})

test('nothing is loaded past a cache that is closed', async () => {
  const cache = stage.alone()
  let runs = 0
  const users = cache.keyspace('user:{id}', {
    load: () => ++runs,
    loadMany: (params) => params.map(() => ++runs),
  })
  await users.configure({ enabled: false })
  await cache.close()
  await expect(users.get({ id: 1 })).rejects.toBeInstanceOf(ClosedError)
  await expect(users.getOrSet({ id: 1 }, () => ++runs)).rejects.toBeInstanceOf(ClosedError)
  await expect(users.getMany([{ id: 1 }])).rejects.toBeInstanceOf(ClosedError)
  expect(runs).toBe(0)
})
