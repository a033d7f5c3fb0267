import { type Address, ask, eventually, startSentinel } from '@tiercel/dev-redis'
import type { Lane } from '../chaos/lanes.ts'
import { pick } from '../random.ts'
import type { Say } from './start.ts'
import type { Topology } from './topology.ts'
import { pidsOf } from './topology.ts'

/** Until all have left it they write where the others are no more, and who dies or is cut off meanwhile heals nothing. */
const LEFT_WITHIN = 30_000
/** Connections of `CLIENT LIST` that are no instance's. */
const OTHERS = / name=sentinel-| flags=[MS] | cmd=client\|list /

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
        const { from } = await redis.failover('command')
        await left(from)
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

/** Resolves when no instance is connected to a former master any more. */
async function left(former: Address): Promise<void> {
  const isEmpty = async (): Promise<boolean> => {
    const clients = String(await ask(former, ['CLIENT', 'LIST']))
      .trimEnd()
      .split('\n')
    return clients.every((client) => OTHERS.test(client))
  }
  await eventually('all instances to leave the former master', isEmpty, {
    ms: LEFT_WITHIN,
    every: 20,
  })
}
