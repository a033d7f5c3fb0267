import { expect, test } from 'vitest'
import { type Cache, createCache } from '../src/index.ts'
import { Stage } from './support/stage.ts'

const stage = new Stage()

const FIRST: [string, (cache: Cache) => Promise<unknown>][] = [
  ['set', (cache) => cache.set('k', 'new')],
  ['setMany', (cache) => cache.setMany([['k', 'new']])],
  ['update', (cache) => cache.update('k', () => 'new')],
  ['mutate', (cache) => cache.mutate({ keys: ['k'] }, () => cache.set('other', 'new'))],
  ['delete', (cache) => cache.delete('k')],
  ['a tag', (cache) => cache.invalidateTags(['t'])],
  ['write-through', (cache) => cache.writer({ name: 'w', write: () => {} }).set('k', 'new')],
  [
    'write-behind',
    (cache) => cache.writer({ name: 'w', mode: 'behind', write: () => {} }).set('k', 'new'),
  ],
]

test.each(FIRST)(
  '%s, first thing of a program that ends then, is done: it waits for the connection',
  async (_, change) => {
    const { cache } = await stage.instance()
    await cache.set('k', 'old', { tags: ['t'] })
    const program = createCache({ namespace: stage.namespace, redis: stage.redis.url })
    await change(program)
    expect(program.stats().coherence.outbox).toBe(0)
    await program.close()
    expect(program.stats().coherence.outboxDropped).toBe(0)
    const { cache: reader } = await stage.instance()
    expect(await reader.get('k')).not.toBe('old')
  },
)
