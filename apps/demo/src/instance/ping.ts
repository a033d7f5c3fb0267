import { Cluster, Redis } from 'ioredis'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { hostNow } from '../clock.ts'
import type { RedisTarget } from '../topology/topology.ts'
import type { Calm } from './messages.ts'

const PING_EVERY = 100
/** What begins takes a while to run evenly. */
export const WARM_UP = 1_000
const NANOSECONDS = 1e6
const MOST_PINGS = 10_000

/**
 * What this machine takes for a message between two of these processes if there is no cache: the
 * least that an invalidation can take. Measured until the function that it gives is called.
 */
export function measureCalm(redis: RedisTarget, channel: string): () => Calm {
  const [publisher, subscriber] = [open(redis), open(redis)]
  const pings: number[] = []
  subscriber.on('message', (_channel, message) => {
    const [from, at] = message.split(' ')
    if (Number(from) !== process.pid && pings.length < MOST_PINGS)
      pings.push(hostNow() - Number(at))
  })
  void subscriber.subscribe(channel).catch(() => {})
  const warmAt = hostNow() + WARM_UP
  const loop = monitorEventLoopDelay({ resolution: 1 })
  const timer = setInterval(() => {
    if (hostNow() < warmAt || publisher.status !== 'ready') return
    loop.enable()
    publisher.publish(channel, `${process.pid} ${hostNow()}`).catch(() => {})
  }, PING_EVERY)
  return () => {
    clearInterval(timer)
    loop.disable()
    for (const client of [publisher, subscriber]) client.disconnect()
    const [p50, p99, max] = [loop.percentile(50), loop.percentile(99), loop.max].map(
      (late) => late / NANOSECONDS,
    ) as [number, number, number]
    return {
      type: 'calm',
      pings,
      loop: { count: loop.count, p50, p99, max },
    }
  }
}

function open(redis: RedisTarget): Redis | Cluster {
  const client = connect(redis)
  client.on('error', () => {}) // the cache's own connections tell of it
  return client
}

function connect(redis: RedisTarget): Redis | Cluster {
  if (typeof redis === 'string') return new Redis(redis)
  return 'nodes' in redis ? new Cluster([...redis.nodes], redis.options) : new Redis(redis)
}
