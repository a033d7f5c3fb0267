import type { Backend, BackendListener } from '../engine.ts'
import { ConfigError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import { type RedisOption } from './client.ts'
import { Connection } from './connect.ts'
import { ShardKeys, shardOf } from './keys.ts'
import { RedisBus } from './redis-bus.ts'
import { RedisL2 } from './redis-l2.ts'

/** L2 and the bus in one Redis. `shards` 0: as many as suit the kind of server. */
export function redisBackend(
  option: RedisOption,
  namespace: string,
  shards: number,
  listener: BackendListener,
  { serverIdentity, durability }: Pick<Settings, 'serverIdentity' | 'durability'>,
): Backend {
  const connection = new Connection(option, listener, { isAnonymous: serverIdentity === 'none' })
  if (connection.client.isCluster === true) {
    const unfit = serverIdentity === 'none' ? 'serverIdentity' : durability && 'durability'
    if (unfit !== undefined) {
      connection.close()
      throw new ConfigError(`coherence.${unfit}: can't be used on a Cluster`)
    }
  }
  const durable = durability === undefined ? undefined : connection.dedicated()
  const count = shards === 0 ? connection.defaultShards : shards
  const keys = Array.from({ length: count }, (_, index) => new ShardKeys(namespace, count, index))
  const channels = keys.map(({ channel }) => channel)
  const bus = new RedisBus(connection, channels)
  const masterWatch = connection.watchMaster()
  const tiers = keys.map((own) => new RedisL2(connection, own, durable, durability))
  return {
    shards: tiers,
    queue: (shard, writer) => (tiers[shard] as RedisL2).queue(writer),
    bus,
    shardOf: (key) => shardOf(key, count),
    reset: () => {
      connection.reset()
      durable?.reset()
    },
    close: async () => {
      masterWatch?.close()
      connection.close()
      durable?.close()
    },
  }
}
