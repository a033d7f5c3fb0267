import { expect, test } from 'vitest'
import { HeldLoader } from '../support/held-loader.ts'
import { heardBy } from '../support/messages.ts'
import { Records } from '../support/records.ts'
import { Stage } from '../support/stage.ts'
import { until } from '../support/until.ts'

const stage = new Stage()
const DEPENDENCIES = {
  tagDependencies: {
    'project:{id}': ['documents:{id}', { family: 'board:{id}' }],
    'documents:{id}': ['search:{id}'],
  },
} as const

test('what hangs on a tag is dropped everywhere by one message, and nothing else is', async () => {
  const [a, b] = await stage.pair(DEPENDENCIES)
  const declare = ({ cache }: typeof a) => cache.keyspace('board:{id}')
  const [boards, peers] = [declare(a), declare(b)]
  await a.cache.set('doc:1', 'v', { tags: ['documents:7'] })
  await a.cache.set('found:1', 'v', { tags: ['search:7'] })
  await a.cache.set('found:2', 'v', { tags: ['search:8'] })
  await boards.set({ id: 1 }, 'v')
  for (const key of ['doc:1', 'found:1', 'found:2']) expect(await b.cache.get(key)).toBe('v')
  expect(await peers.get({ id: 1 })).toBe('v')
  const before = b.cache.stats().coherence.messages
  await a.cache.invalidateTags(['project:7'])
  await until('the message', () => b.cache.peek('doc:1') === undefined)
  expect(b.cache.stats().coherence.messages - before).toBeLessThanOrEqual(1)
  for (const { cache } of [a, b]) {
    expect(await cache.get('doc:1')).toBeUndefined()
    expect(await cache.get('found:1')).toBeUndefined()
    expect(await cache.get('board:1')).toBeUndefined()
    expect(await cache.get('found:2')).toBe('v')
  }
})

test('a load that a cascade overtakes from another instance is not kept', async () => {
  const [a, b] = await stage.pair(DEPENDENCIES)
  using loads = new Records('load', stage.namespace)
  const loader = new HeldLoader()
  const reading = b.cache.getOrSet('found:1', loader.load, { tags: ['search:7'] })
  await loader.called
  await heardBy([b], () => a.cache.invalidateTags(['project:7']))
  loader.answer('old')
  expect(await reading).toBe('old') // it asked before
  expect(await loads.first()).toMatchObject({ outcome: 'refused' })
  expect(b.cache.peek('found:1')).toBeUndefined()
  expect(await a.cache.get('found:1')).toBeUndefined()
})
