import { expect, test } from 'vitest'
import { runs } from '../support/commands.ts'
import { HeldLoader } from '../support/held-loader.ts'
import { heardBy } from '../support/messages.ts'
import { Records } from '../support/records.ts'
import { Stage } from '../support/stage.ts'

const stage = new Stage()

test('a load through a family that its invalidation overtakes from another instance is not kept', async () => {
  const [a, b] = await stage.pair()
  using loads = new Records('load', stage.namespace)
  const loader = new HeldLoader()
  const users = b.cache.keyspace('user:{id}', { load: loader.load })
  const peers = a.cache.keyspace('user:{id}')
  const reading = users.get({ id: 1 })
  await loader.called
  await heardBy([b], () => peers.invalidate())
  loader.answer('old')
  expect(await reading).toBe('old') // it asked before
  expect(await loads.first()).toMatchObject({ outcome: 'refused', family: 'user:{id}' })
  expect(users.peek({ id: 1 })).toBeUndefined()
  expect(await peers.get({ id: 1 })).toBeUndefined()
})

test('a bulk load through a family that its invalidation overtakes is kept for none of its keys', async () => {
  const [a, b] = await stage.pair()
  using loads = new Records('load', stage.namespace)
  const loader = new HeldLoader<string[]>()
  const users = b.cache.keyspace('user:{id}', {
    tags: ({ id }) => [`u${id}`],
    loadMany: loader.load,
  })
  const reading = users.getMany([{ id: 1 }, { id: 2 }])
  await loader.called
  await heardBy([b], () => a.cache.keyspace('user:{id}').invalidate())
  loader.answer(['old', 'old'])
  await reading
  for (const key of ['user:1', 'user:2']) {
    expect(await loads.first((load) => load.key === key)).toMatchObject({ outcome: 'refused' })
    expect(b.cache.peek(key)).toBeUndefined()
    expect(await a.cache.get(key)).toBeUndefined()
  }
})

test('a load whose fill reaches Redis after a tag made of its parameters was invalidated is refused', async () => {
  const [a, b] = await stage.pair()
  using loads = new Records('load', stage.namespace)
  const users = b.cache.keyspace('user:{id}', { tags: ({ id }) => [`u${id}`], load: () => 'old' })
  const fill = b.proxy.holdCommand(runs('fill'))
  await users.get({ id: 1 })
  await fill.arrived
  await heardBy([b], () => a.cache.invalidateTags(['u1']))
  expect(users.peek({ id: 1 })).toBeUndefined()
  fill.release()
  expect(await loads.first()).toMatchObject({ outcome: 'refused' })
  expect(await a.cache.get('user:1')).toBeUndefined()
})
