import { startCluster } from '@tiercel/dev-redis'
import type { Lane } from '../chaos/lanes.ts'
import { type Random, pick } from '../random.ts'
import type { Say } from './start.ts'
import type { Topology } from './topology.ts'
import { pidsOf } from './topology.ts'

const MASTERS = 3
/** Milliseconds between the keys that are moved, at most: clients meet a slot that is half here. */
const MOVE_PAUSE = 20
const SLOTS = 16_384
/** What a cache on a Cluster spreads its keys over. */
const SHARDS = 16

/** Three masters with a replica each. `namespace`: the one of the caches, whose slots are moved. */
export async function cluster(say: Say, namespace: string): Promise<Topology> {
  const redis = await startCluster({ masters: MASTERS, replicas: 1, log: say })
  const { nodes, startNodes } = redis
  const version = nodes[0]?.version
  const lane: Lane = {
    name: 'server',
    faults: {
      'kill-master': async ({ random, last }) => {
        const { from } = await redis.failover({ slot: anySlot(random), by: 'kill' })
        await last()
        await from.restart()
      },
      /** The master and its replica agree on it: nothing is lost. */
      'ask-failover': async ({ random }) => {
        await redis.failover({ slot: anySlot(random), by: 'command' })
      },
      /** One that our caches use, with all that is in it, while they read and write. */
      'migrate-slot': async ({ random, pause }) => {
        const shard = Math.floor(random() * SHARDS)
        const slot = await redis.slotOf(`{${namespace}:${SHARDS}:${shard}}`)
        const owner = await redis.masterOf(slot)
        const others = []
        for (let i = 0; i < MASTERS; i++) {
          const other = await redis.masterOf(Math.floor((SLOTS * (i + 0.5)) / MASTERS))
          if (other !== owner) others.push(other)
        }
        if (others.length > 0) {
          await redis.migrateSlot(slot, pick(random, others), () => pause(random() * MOVE_PAUSE))
        }
      },
    },
    alone: ['kill-master'],
    round: ['kill-master', 'ask-failover', 'ask-failover', 'migrate-slot', 'migrate-slot'],
    pause: [500, 3_000],
    long: [0.2, 1],
  }
  return {
    kind: 'cluster',
    version,
    name: `Redis ${version ?? ''} Cluster, ${MASTERS} masters and ${MASTERS} replicas`,
    targets: startNodes,
    pids: pidsOf(nodes),
    lane,
    redisFor: (link) => ({ nodes: link.before(startNodes), options: { natMap: link.natMap } }),
    stop: () => redis.stop(),
  }
}

function anySlot(random: Random): number {
  return Math.floor(random() * SLOTS)
}
