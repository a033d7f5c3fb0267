import { ask, type Address } from './resp/ask.ts'
import type { LocalServer } from './server/local-server.ts'
import { eventually } from './until.ts'

/** A node as another one sees it. */
export interface SeenNode {
  readonly id: string
  readonly port: number
  readonly isMaster: boolean
  readonly hasFailed: boolean
  /** Of a replica: the id of its master. */
  readonly masterId: string | undefined
  readonly slots: readonly (readonly [from: number, to: number])[]
}

/** For agreement, which takes some rounds of gossip. */
const PATIENCE = { ms: 60_000, every: 20 }
/** A node that is paused does not answer at all. */
const ANSWER_WITHIN = 500

/** What a node knows of its cluster. */
export async function seenBy(node: Address): Promise<readonly SeenNode[]> {
  const text = String(await ask(node, ['CLUSTER', 'NODES'], ANSWER_WITHIN))
  return text.trim().split('\n').map(parse)
}

function parse(line: string): SeenNode {
  const [id = '', address = '', flags = '', master = '', , , , , ...slots] = line.split(' ')
  return {
    id,
    port: Number(/:(\d+)@/.exec(address)?.[1]),
    isMaster: /\bmaster\b/.test(flags),
    hasFailed: /\bfail\b/.test(flags),
    masterId: master === '-' ? undefined : master,
    // In brackets are those that are on their way.
    slots: slots.filter((range) => !range.startsWith('[')).map(parseRange),
  }
}

function parseRange(range: string): readonly [number, number] {
  const [from, to = from] = range.split('-')
  return [Number(from), Number(to)]
}

export function hasSlot({ slots }: SeenNode, slot: number): boolean {
  return slots.some(([from, to]) => from <= slot && slot <= to)
}

/** The node that has `slot`, once all nodes that answer agree. */
export async function masterOf(nodes: readonly LocalServer[], slot: number): Promise<LocalServer> {
  return eventually(
    `the cluster to agree who has slot ${slot}`,
    async () => {
      const seen = await agreedView(nodes)
      const owner = seen?.find((node) => node.isMaster && hasSlot(node, slot))
      return nodes.find(({ port }) => port === owner?.port)
    },
    PATIENCE,
  )
}

/** The replica of `master`, once all nodes that answer agree. */
export async function replicaOf(
  nodes: readonly LocalServer[],
  master: Address,
): Promise<LocalServer> {
  return eventually(
    `the node on port ${master.port} to have a replica`,
    async () => {
      const seen = await agreedView(nodes)
      const id = seen?.find(({ port }) => port === master.port)?.id
      const replica = seen?.find(({ masterId }) => masterId !== undefined && masterId === id)
      return nodes.find(({ port }) => port === replica?.port)
    },
    PATIENCE,
  )
}

/** Waits until all nodes but `except` say that `slot` is on `owner` and that every slot is served. */
export async function agreeOn(
  nodes: readonly LocalServer[],
  slot: number,
  owner: Address,
  except?: LocalServer,
): Promise<void> {
  const asked = nodes.filter((node) => node !== except && node.pid !== undefined)
  await eventually(
    `the cluster to agree that slot ${slot} is on port ${owner.port}`,
    async () => {
      const views = await Promise.all(asked.map(seenBy))
      const states = await Promise.all(asked.map((node) => ask(node, ['CLUSTER', 'INFO'])))
      return (
        states.every((state) => String(state).includes('cluster_state:ok')) &&
        views.every((view) =>
          view.some((node) => node.port === owner.port && node.isMaster && hasSlot(node, slot)),
        )
      )
    },
    PATIENCE,
  )
}

/** What every node that answers says of those that have not failed; nothing while they differ. */
async function agreedView(nodes: readonly LocalServer[]): Promise<readonly SeenNode[] | undefined> {
  const running = nodes.filter(({ pid }) => pid !== undefined)
  const answers = await Promise.allSettled(running.map(seenBy))
  const views = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  const healthy = views.map((view) => view.filter(({ hasFailed }) => !hasFailed))
  const texts = healthy.map((view) => JSON.stringify(view.toSorted((a, b) => a.port - b.port)))
  return new Set(texts).size === 1 ? healthy[0] : undefined
}
