import {
  type DevCluster,
  type DevPair,
  type DevRedis,
  type DevSentinel,
  type Proxy,
  startCluster,
  startDocker,
  startPair,
  startProxy,
  startRedis,
  startSentinel,
  whyNoDocker,
} from '@tiercel/dev-redis'
import type { InstanceConfig } from './orders.ts'

/** The kinds of Redis that faults are done to, and what is at hand there. */
export interface Grounds {
  /** One server, behind a proxy for each instance. */
  readonly standalone: { readonly redis: DevRedis; readonly proxies: readonly Proxy[] }
  /** The same in a container. */
  readonly docker: Grounds['standalone']
  /** A primary and a replica behind one address, and a proxy for each instance. */
  readonly pair: { readonly pair: DevPair; readonly proxies: readonly Proxy[] }
  readonly sentinel: { readonly sentinel: DevSentinel }
  /** Messages over sharded pub/sub. */
  readonly cluster: { readonly cluster: DevCluster }
  /** Messages to all nodes. */
  readonly 'cluster, plain pub/sub': { readonly cluster: DevCluster }
}

export type GroundName = keyof Grounds

/** A kind of Redis that runs. */
export interface Ground<N extends GroundName = GroundName> {
  readonly name: N
  readonly at: Grounds[N]
  /** What the instance of that index connects to. */
  redisFor(instance: number): InstanceConfig['redis']
  stop(): Promise<void>
}

/** How each kind is started, for so many instances. */
const OPEN: { readonly [N in GroundName]: (instances: number) => Promise<Ground<N>> } = {
  standalone: async (instances) => {
    const redis = await startRedis()
    const proxies = await proxiesBefore(redis, instances)
    return behind(proxies, redis, { name: 'standalone', at: { redis, proxies } })
  },
  docker: async (instances) => {
    const redis = await startDocker()
    const proxies = await proxiesBefore(redis, instances)
    return behind(proxies, redis, { name: 'docker', at: { redis, proxies } })
  },
  pair: async (instances) => {
    const pair = await startPair()
    const proxies = await proxiesBefore(pair, instances)
    return behind(proxies, pair, { name: 'pair', at: { pair, proxies } })
  },
  sentinel: async () => {
    const sentinel = await startSentinel()
    const sentinels = sentinel.sentinels.map(({ host, port }) => ({ host, port }))
    return {
      name: 'sentinel',
      at: { sentinel },
      redisFor: () => ({ sentinels, name: sentinel.name }),
      stop: () => sentinel.stop(),
    }
  },
  cluster: () => cluster('cluster', true),
  'cluster, plain pub/sub': () => cluster('cluster, plain pub/sub', false),
}

/** Why there is no such ground here; nothing where there is. */
export async function whyNot(name: GroundName): Promise<string | undefined> {
  return name === 'docker' ? whyNoDocker() : undefined
}

export function openGround(name: GroundName, instances: number): Promise<Ground> {
  return OPEN[name](instances)
}

async function cluster<N extends GroundName>(
  name: N,
  shardedSubscribers: boolean,
): Promise<Ground<N>> {
  const started = await startCluster({ masters: 3, replicas: 1 })
  return {
    name,
    at: { cluster: started } as unknown as Grounds[N],
    redisFor: () => ({ nodes: started.startNodes, options: { shardedSubscribers } }),
    stop: () => started.stop(),
  }
}

function behind<N extends GroundName>(
  proxies: readonly Proxy[],
  server: { stop(): Promise<void> },
  ground: Pick<Ground<N>, 'name' | 'at'>,
): Ground<N> {
  return {
    ...ground,
    redisFor: (instance) => (proxies[instance] as Proxy).url,
    stop: async () => {
      for (const one of [...proxies, server]) await one.stop()
    },
  }
}

function proxiesBefore(
  target: { readonly host: string; readonly port: number },
  count: number,
): Promise<readonly Proxy[]> {
  return Promise.all(Array.from({ length: count }, () => startProxy({ target })))
}
