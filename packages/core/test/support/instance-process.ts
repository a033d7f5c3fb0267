/**
 * One instance as a process of its own. Its loader counts itself in Redis and answers when it is told
 * to. Orders come as messages, and so do the answers.
 */
import { Redis } from 'ioredis'
import { createCache } from '../../src/index.ts'
import { Deferred } from './deferred.ts'
import type { Answer, Order, ProcessOptions } from './instances.ts'

const { url, namespace, leaseWait } = JSON.parse(process.argv[2] as string) as ProcessOptions
const redis = new Redis(url)
const cache = createCache({ namespace, redis: url, l2: { leaseWait, timeout: '5s' } })
const released = new Deferred<void>()

async function load(): Promise<string> {
  await redis.incr(`${namespace}:loads`)
  tell({ event: 'loading' })
  await released.promise
  return 'loaded'
}

async function read(key: string, callers: number): Promise<void> {
  const values = await Promise.all(Array.from({ length: callers }, () => cache.getOrSet(key, load)))
  tell({ event: 'read', values: [...new Set(values)], loads: cache.stats().loads.total })
}

function tell(answer: Answer): void {
  process.send?.(answer)
}

process.on('message', (order: Order) => {
  if (order.order === 'release') released.resolve()
  else void read(order.key, order.callers)
})
process.on('disconnect', () => process.exit())
await cache.ready()
tell({ event: 'ready' })
