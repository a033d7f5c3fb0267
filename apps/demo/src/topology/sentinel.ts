import { startSentinel } from '@tiercel/dev-redis'
import type { Lane } from '../chaos/lanes.ts'
import { pick } from '../random.ts'
import type { Say } from './start.ts'
import type { Topology } from './topology.ts'
import { pidsOf } from './topology.ts'

/**
 * A master with two replicas, watched by three sentinels. It is killed, never asked to go: sentinels let
 * a master that is alive take writes for seconds after another one was promoted, and what two masters
 * say is not promised.
 */
export async function sentinel(say: Say): Promise<Topology> {
  const redis = await startSentinel({ log: say })
  const { name, nodes, sentinels } = redis
  const version = nodes[0]?.version
  const lane: Lane = {
    name: 'server',
    faults: {
      'kill-master': async ({ last }) => {
        const { from } = await redis.failover('kill')
        await last()
        await from.restart()
      },
      'kill-sentinel': async ({ random, last }) => {
        const one = pick(random, sentinels)
        await one.kill()
        await last()
        await one.restart()
      },
    },
    alone: ['kill-master'],
    round: ['kill-master', 'kill-master', 'kill-sentinel'],
    pause: [1_000, 5_000],
    long: [0.2, 1],
  }
  return {
    kind: 'sentinel',
    version,
    name: `Redis ${version ?? ''}, ${nodes.length} servers and ${sentinels.length} sentinels`,
    targets: [...nodes, ...sentinels].map(({ host, port }) => ({ host, port })),
    pids: pidsOf([...nodes, ...sentinels]),
    lane,
    redisFor: (link) => ({ name, sentinels: link.before(sentinels), natMap: link.natMap }),
    stop: () => redis.stop(),
  }
}
