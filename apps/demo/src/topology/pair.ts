import { startPair } from '@tiercel/dev-redis'
import type { Lane } from '../chaos/lanes.ts'
import type { Say } from './start.ts'
import type { Topology } from './topology.ts'
import { pidsOf } from './topology.ts'

/** Bounds that the replica may be behind when it takes over, and how much longer that may be for all to heal. */
const BEHIND: readonly [number, number] = [0.05, 0.3]

/** A primary and a replica behind one address, whose fail-over loses what was acknowledged last. */
export async function pair(say: Say): Promise<Topology> {
  const redis = await startPair({ log: say })
  const { version } = redis.primary
  const lane: Lane = {
    name: 'server',
    faults: {
      'pause-redis': async ({ last }) => {
        const { primary } = redis
        await primary.pause()
        await last()
        await primary.resume()
      },
      /** What the primary acknowledged while the replica got nothing is lost, and its writers must heal it. */
      'lossy-failover': async ({ last }) => {
        await redis.cutLink()
        await last()
        await redis.failover()
      },
    },
    alone: ['lossy-failover'],
    round: ['lossy-failover', 'lossy-failover', 'pause-redis'],
    pause: [1_000, 5_000],
    long: BEHIND,
  }
  return {
    kind: 'pair',
    version,
    name: `Redis ${version ?? ''} with a replica`,
    targets: [{ host: redis.host, port: redis.port }],
    pids: pidsOf([redis.primary, redis.replica]),
    lane,
    redisFor: (link) => link.url,
    stop: () => redis.stop(),
  }
}
