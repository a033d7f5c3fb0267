import { setTimeout as pause } from 'node:timers/promises'
import { ask, type DevCluster, type DevRedis } from '@tiercel/dev-redis'
import { ShardKeys } from '../../../../src/redis/keys.ts'
import { eventually } from '../../../support/until.ts'
import type { AnyFault, Common, Fault } from '../fault.ts'

/** Of a cache on a Cluster. */
const SHARDS = 16
const MIGRATED = 3

/** What happens where more than one server is. */
export const FAIL_OVERS: readonly AnyFault[] = [
  {
    name: 'fail-over that loses what was acknowledged',
    on: 'pair',
    lasts: 'a moment',
    losesData: true,
    noticedBy: ['new numbering'],
    begin: async ({ pair, bound }) => {
      await pair.cutLink()
      await pause(bound / 4)
      await pair.failover()
    },
  },
  {
    name: 'fail-over that loses nothing',
    on: 'pair',
    lasts: 'a moment',
    noticedBy: ['new numbering'],
    begin: ({ pair }) => pair.failover(),
  },
  {
    name: 'master killed',
    on: 'sentinel',
    lasts: 'a moment',
    losesData: true,
    noticedBy: ['new numbering'],
    begin: async ({ sentinel }) => {
      const { from } = await sentinel.failover('kill')
      return () => comeBack(from, () => from.restart())
    },
  },
  {
    name: 'master paused',
    on: 'sentinel',
    lasts: 'a moment',
    losesData: true,
    noticedBy: ['new numbering'],
    begin: async ({ sentinel }) => {
      const { from } = await sentinel.failover('pause')
      return () => comeBack(from, () => from.resume())
    },
  },
  {
    name: 'master changed by command',
    on: 'sentinel',
    lasts: 'a moment',
    // The old one takes writes until the sentinels have named the new one.
    losesData: true,
    noticedBy: ['new numbering'],
    begin: async ({ sentinel }) => void (await sentinel.failover()),
  },
  ...(['cluster', 'cluster, plain pub/sub'] as const).flatMap((on) => onCluster(on)),
]

function onCluster(on: 'cluster' | 'cluster, plain pub/sub'): readonly AnyFault[] {
  const faults: readonly Omit<Fault<'cluster'>, 'on'>[] = [
    // Tags are invalidated in each of the shards, so this shows them across slots, too.
    { name: 'none', lasts: 'a glitch', begin: () => {} },
    {
      name: 'master changed by CLUSTER FAILOVER',
      lasts: 'a moment',
      noticedBy: ['new numbering'],
      begin: async ({ cluster, namespace }) => {
        await cluster.failover({ slot: await slotOf(cluster, namespace, 0) })
      },
    },
    {
      name: 'master killed',
      lasts: 'a moment',
      losesData: true,
      noticedBy: ['new numbering'],
      begin: async ({ cluster, namespace }) => {
        const slot = await slotOf(cluster, namespace, 0)
        const { from } = await cluster.failover({ slot, by: 'kill' })
        return () => comeBack(from, () => from.restart())
      },
    },
    {
      name: 'slots migrated under load',
      lasts: 'a moment',
      begin: migrateSome,
    },
  ]
  return faults.map((fault) => Object.assign(fault, { on }))
}

async function migrateSome({
  cluster,
  namespace,
}: { cluster: DevCluster } & Common): Promise<void> {
  for (let shard = 0; shard < MIGRATED; shard++) {
    const slot = await slotOf(cluster, namespace, shard)
    const owner = await cluster.masterOf(slot)
    const masters = await Promise.all([0, 8_000, 16_383].map((other) => cluster.masterOf(other)))
    const target = masters.find((master) => master !== owner) as DevRedis
    await cluster.migrateSlot(slot, target, () => pause(10))
  }
}

function slotOf(cluster: DevCluster, namespace: string, shard: number): Promise<number> {
  return cluster.slotOf(new ShardKeys(namespace, SHARDS, shard).meta)
}

/** The former master is there again, and follows the new one. */
async function comeBack(former: DevRedis, how: () => Promise<void>): Promise<void> {
  await how()
  await eventually(
    'the former master to follow',
    async () => {
      const info = String(await ask(former, ['INFO', 'replication']))
      return info.includes('role:slave') && info.includes('master_link_status:up')
    },
    { ms: 60_000 },
  )
}
