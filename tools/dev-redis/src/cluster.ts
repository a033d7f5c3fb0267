import { agreeOn, masterOf, replicaOf } from './cluster-view.ts'
import { begin, type FailedOver, type FailOverBy } from './fail-over.ts'
import { migrateSlot } from './migrate-slot.ts'
import { ask, type Address } from './resp/ask.ts'
import type { DevRedis } from './server/dev-redis.ts'
import { LocalGroup } from './server/local-group.ts'
import type { LocalServer } from './server/local-server.ts'
import { type Log, logToStderr } from './server/log.ts'
import { provideBinary } from './server/provide-binary.ts'
import { eventually } from './until.ts'

/** The shape of a cluster. */
export interface ClusterOptions {
  /** Masters that share the slots; at least 3. @default 3 */
  readonly masters?: number
  /** Replicas of each master. @default 0 */
  readonly replicas?: 0 | 1
  /** Hears about slow steps. @default lines on stderr */
  readonly log?: Log
}

/** A Redis Cluster of processes on loopback. */
export interface DevCluster extends AsyncDisposable {
  /** First the masters in the order of their slots, then their replicas in the same order. */
  readonly nodes: readonly DevRedis[]
  /** Where a client may begin. */
  readonly startNodes: readonly Address[]
  /** The slot of a key. */
  slotOf(key: string): Promise<number>
  /** The master that has a slot now. */
  masterOf(slot: number): Promise<DevRedis>
  /** The replica of a master, for a cluster that was started with replicas. */
  replicaOf(master: Address): Promise<DevRedis>
  /** Lets the replica of the master of `slot` take over; resolves when all nodes that run agree. */
  failover(options?: ClusterFailover): Promise<FailedOver>
  /**
   * Moves a slot with its keys to another master while clients go on; gives the number of keys moved.
   * `pause` is awaited after every few keys. @default none
   */
  migrateSlot(slot: number, to: Address, pause?: () => Promise<void>): Promise<number>
  stop(): Promise<void>
}

/** Which master goes, and how. */
export interface ClusterFailover {
  /** @default 0 */
  readonly slot?: number
  /** @default 'command' */
  readonly by?: FailOverBy
}

const SLOTS = 16_384

/** Starts a cluster from a server program on this machine, and waits until every node says ok. */
export async function startCluster(options: ClusterOptions = {}): Promise<DevCluster> {
  const { masters: count = 3, replicas: perMaster = 0, log = logToStderr } = options
  const group = new LocalGroup(await provideBinary(log))
  return group.orStop(async () => {
    const nodes = await group.start(
      Array.from({ length: count * (1 + perMaster) }, () => ({ args: NODE_ARGS, bus: true })),
    )
    await join(nodes.slice(0, count), nodes.slice(count))
    return {
      nodes,
      startNodes: nodes.map(({ host, port }) => ({ host, port })),
      slotOf: async (key) =>
        Number(await ask(nodes[0] as LocalServer, ['CLUSTER', 'KEYSLOT', key])),
      masterOf: (slot) => masterOf(nodes, slot),
      replicaOf: (master) => replicaOf(nodes, master),
      failover: (how) => failover(nodes, how),
      migrateSlot: (slot, to, pause = () => Promise.resolve()) =>
        migrateSlot(nodes, slot, to, pause),
      stop: () => group.stop(),
      [Symbol.asyncDispose]: () => group.stop(),
    }
  })
}

const NODE_ARGS = [
  '--cluster-enabled',
  'yes',
  '--cluster-node-timeout',
  '800',
  // A replica takes over however long it was cut off.
  '--cluster-replica-validity-factor',
  '0',
  '--repl-diskless-sync-delay',
  '0',
]

async function failover(
  nodes: readonly LocalServer[],
  { slot = 0, by = 'command' }: ClusterFailover = {},
): Promise<FailedOver> {
  const from = await masterOf(nodes, slot)
  const to = await replicaOf(nodes, from)
  await begin(by, from, () => ask(to, ['CLUSTER', 'FAILOVER']))
  await agreeOn(nodes, slot, to, by === 'command' ? undefined : from)
  return { from, to }
}

async function join(
  masters: readonly LocalServer[],
  replicas: readonly LocalServer[],
): Promise<void> {
  const nodes = [...masters, ...replicas]
  const [first, ...others] = nodes
  if (first === undefined) throw new Error('a cluster has at least one master')
  await Promise.all(
    masters.map((node, i) => ask(node, ['CLUSTER', 'ADDSLOTS', ...slots(i, masters.length)])),
  )
  // Different from the start: else the nodes would settle it among themselves, which takes a while.
  await Promise.all(nodes.map((node, i) => ask(node, ['CLUSTER', 'SET-CONFIG-EPOCH', i + 1])))
  await Promise.all(others.map((node) => ask(first, ['CLUSTER', 'MEET', node.host, node.port])))
  await everyNode(nodes, 'to know all others', ['CLUSTER', 'NODES'], (text) => {
    const known = text
      .trim()
      .split('\n')
      .filter((line) => !/handshake|noaddr/.test(line))
    return known.length === nodes.length
  })
  const ids = await Promise.all(masters.map((node) => ask(node, ['CLUSTER', 'MYID'])))
  await Promise.all(replicas.map((node, i) => ask(node, ['CLUSTER', 'REPLICATE', String(ids[i])])))
  await everyNode(nodes, 'to say ok', ['CLUSTER', 'INFO'], (text) =>
    text.includes('cluster_state:ok'),
  )
  await everyNode(replicas, 'to have a copy', ['INFO', 'replication'], (text) =>
    text.includes('master_link_status:up'),
  )
  // What a client asks first: every node has to name every other.
  await everyNode(
    nodes,
    'to see all slots',
    ['CLUSTER', 'NODES'],
    (text) =>
      nodes.every((node) => text.includes(`:${node.port}@`)) &&
      (text.match(/\bslave /g) ?? []).length === replicas.length,
  )
}

/** The slots of one master, an equal share. */
function slots(index: number, masters: number): number[] {
  const from = Math.round((SLOTS * index) / masters)
  const to = Math.round((SLOTS * (index + 1)) / masters)
  return Array.from({ length: to - from }, (_, i) => from + i)
}

async function everyNode(
  nodes: readonly LocalServer[],
  what: string,
  command: readonly string[],
  isSo: (text: string) => boolean,
): Promise<void> {
  await eventually(
    `every node ${what}`,
    async () => {
      const texts = await Promise.all(nodes.map((node) => ask(node, command)))
      return texts.every((text) => isSo(String(text)))
    },
    { ms: 30_000, every: 20 },
  )
}
