/**
 * One instance as a process of its own, which writes keys of its own behind the cache, and takes part
 * in bringing all of them to a database: lists in Redis, in the order in which it was told.
 */
import { Redis } from 'ioredis'
import { createCache } from '../../src/index.ts'

export interface WriterProcessOptions {
  readonly url: string
  readonly namespace: string
  /** Begins the keys that this process writes. */
  readonly prefix: string
  readonly keys: number
}

const { url, namespace, prefix, keys } = JSON.parse(
  process.argv[2] as string,
) as WriterProcessOptions
const db = new Redis(url)
const cache = createCache({ namespace, redis: url, l2: { timeout: '5s' } })
const writer = cache.writer<number>({
  name: 'db',
  mode: 'behind',
  write: async (writes, { signal }) => {
    for (const { key, value, number } of writes) {
      signal.throwIfAborted()
      await db.rpush(`${namespace}:db:${key}`, JSON.stringify([value, number]))
    }
  },
  queue: { maxBatch: 5, maxDelay: '5ms', lease: '3s', firstRetry: '5ms' },
})
await cache.ready()
process.on('disconnect', () => process.exit())
process.send?.({ ready: true })
for (let value = 1; ; value++) {
  const key = `${prefix}:${value % keys}`
  await writer.set(key, value)
  process.send?.({ key, value })
}
