import type { Address } from '@tiercel/dev-redis'
import type { ClusterOptions, RedisOptions } from 'ioredis'
import type { Lane } from '../chaos/lanes.ts'
import type { Link } from './link.ts'

export const TOPOLOGIES = ['standalone', 'pair', 'sentinel', 'cluster'] as const

/** How Redis is run: alone, with a replica behind one address, watched by sentinels, as a cluster. */
export type TopologyKind = (typeof TOPOLOGIES)[number]

/** Where an instance finds Redis, as it can be sent to its process. */
export type RedisTarget =
  | string
  | Pick<RedisOptions, 'name' | 'sentinels' | 'natMap'>
  | { readonly nodes: readonly Address[]; readonly options: Pick<ClusterOptions, 'natMap'> }

/** The servers of a run. */
export interface Topology {
  readonly kind: TopologyKind
  /** Version of the Redis protocol spoken, such as 7.0.15. */
  readonly version: string | undefined
  /** What the servers are, in a few words. */
  readonly name: string
  /** Every server that an instance talks to, as address or URL. */
  readonly targets: readonly (Address | string)[]
  /** Those that watch them, if there are such. What they say is not lost: see `Link`. */
  readonly watchers?: readonly Address[]
  readonly pids: readonly number[]
  /** What can be done to the servers; nothing to those that are not ours. */
  readonly lane: Lane | undefined
  /** How the instance behind `link` finds them. */
  redisFor(link: Link): RedisTarget
  stop(): Promise<void>
}

export function pidsOf(servers: readonly { readonly pid: number | undefined }[]): number[] {
  return servers.map(({ pid }) => pid).filter((pid) => pid !== undefined)
}
