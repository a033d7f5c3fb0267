import { startRedis } from '@tiercel/dev-redis'
import type { Lane } from '../chaos/lanes.ts'
import type { Say } from './start.ts'
import type { Topology } from './topology.ts'

/** One server: ours, or the one that REDIS_URL names. */
export async function standalone(say: Say): Promise<Topology> {
  const redis = await startRedis({ log: say })
  const { version, external, url, host, port } = redis
  // Rarer than the others, above all those that end with empty tiers: they would clear away what went
  // wrong before.
  const lane: Lane = {
    name: 'server',
    faults: {
      'pause-redis': async ({ last }) => {
        await redis.pause()
        await last()
        await redis.resume()
      },
      /** With its data, as another process: what was acknowledged is there, and the caches can't know. */
      'restart-redis': () => redis.restart(),
      /** And without its data. */
      'kill-redis': async ({ last }) => {
        await redis.kill()
        await last()
        await redis.restart({ empty: true })
      },
    },
    round: ['pause-redis', 'pause-redis', 'pause-redis', 'restart-redis', 'kill-redis'],
    pause: [1_000, 5_000],
    long: [0.2, 1.5],
  }
  return {
    kind: 'standalone',
    version,
    name: `Redis ${version ?? ''}${external ? ' (yours)' : ''}`,
    targets: [external ? url : { host, port }],
    pids: redis.pid === undefined ? [] : [redis.pid],
    lane: external ? undefined : lane,
    redisFor: (link) => link.url,
    stop: () => redis.stop(),
  }
}
