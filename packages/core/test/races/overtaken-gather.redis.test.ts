import { expect, test } from 'vitest'
import { Deferred } from '../support/deferred.ts'
import { heardBy } from '../support/messages.ts'
import { Stage } from '../support/stage.ts'
import { until } from '../support/until.ts'

const stage = new Stage()

test('of reads that were gathered into one load, only the one that was invalidated is not kept', async () => {
  const [a, b] = await stage.pair()
  const release = new Deferred<undefined>()
  let began = false
  const users = a.cache.keyspace('user:{id:number}', {
    gather: true,
    loadMany: async (params) => {
      began = true
      await release.promise
      return params.map(({ id }) => `old ${id}`)
    },
  })
  const peers = b.cache.keyspace<'user:{id:number}', string>('user:{id:number}')
  const reads = Promise.all([users.get({ id: 1 }), users.get({ id: 2 })])
  await until('the load', () => began)
  await heardBy([a], () => peers.delete({ id: 1 }))
  release.resolve(undefined)
  await reads
  await until('the fill', () => stage.admin.exists(stage.keys.entry('user:2')))
  expect(users.peek({ id: 1 })).toBeUndefined()
  expect(users.peek({ id: 2 })).toBe('old 2')
  expect(await peers.getMany([{ id: 1 }, { id: 2 }])).toEqual([undefined, 'old 2'])
})
