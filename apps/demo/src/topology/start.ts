import { cluster } from './cluster.ts'
import { pair } from './pair.ts'
import { sentinel } from './sentinel.ts'
import { standalone } from './standalone.ts'
import type { Topology, TopologyKind } from './topology.ts'

/** Hears about slow steps. */
export type Say = (line: string) => void

const STARTS = { standalone, pair, sentinel, cluster } as const satisfies Record<
  TopologyKind,
  (say: Say, namespace: string) => Promise<Topology>
>

/** Starts the servers of a run. `namespace` is the one that the caches will use. */
export function startTopology(kind: TopologyKind, namespace: string, say: Say): Promise<Topology> {
  return STARTS[kind](say, namespace)
}
