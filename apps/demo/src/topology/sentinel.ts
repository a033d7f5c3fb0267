import { startSentinel } from '@tiercel/dev-redis'
import type { Lane } from '../chaos/lanes.ts'
import { pick } from '../random.ts'
import type { Say } from './start.ts'
import type { Topology } from './topology.ts'
import { pidsOf } from './topology.ts'

/**
 * A master with two replicas, watched by three sentinels. After `SENTINEL FAILOVER` the former master
 * takes writes for some seconds more, and an instance leaves it since the sentinels say so.
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
      'ask-failover': async () => {
        await redis.failover('command')
      },
      'kill-sentinel': async ({ random, last }) => {
        const one = pick(random, sentinels)
        await one.kill()
        await last()
        await one.restart()
      },
    },
    // A sentinel waits for no replica.
    alone: ['kill-master', 'ask-failover'],
    round: ['ask-failover', 'kill-master', 'ask-failover', 'kill-sentinel'],
    pause: [1_000, 5_000],
    long: [0.2, 1],
  }
  return {
    kind: 'sentinel',
    version,
    name: `Redis ${version ?? ''}, ${nodes.length} servers and ${sentinels.length} sentinels`,
    targets: nodes.map(({ host, port }) => ({ host, port })),
    watchers: sentinels.map(({ host, port }) => ({ host, port })),
    pids: pidsOf([...nodes, ...sentinels]),
    lane,
    redisFor: (link) => ({ name, sentinels: link.before(sentinels), natMap: link.natMap }),
    stop: () => redis.stop(),
  }
}
