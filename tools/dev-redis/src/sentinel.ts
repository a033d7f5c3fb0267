import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { begin, type FailedOver, type FailOverBy } from './fail-over.ts'
import { ask, type Address, texts } from './resp/ask.ts'
import type { DevRedis } from './server/dev-redis.ts'
import { LocalGroup } from './server/local-group.ts'
import type { LocalOptions, LocalServer } from './server/local-server.ts'
import { type Log, logToStderr } from './server/log.ts'
import { provideBinary } from './server/provide-binary.ts'
import { eventually } from './until.ts'

/** The shape of a replicated Redis that is watched. */
export interface SentinelOptions {
  /** Replicas of the one master. @default 2 */
  readonly replicas?: number
  /** Hears about slow steps. @default lines on stderr */
  readonly log?: Log
}

/** A master, its replicas and three sentinels, all processes on loopback. */
export interface DevSentinel extends AsyncDisposable {
  /** The name under which the sentinels know the master. */
  readonly name: string
  /** First the one that began as master, then its replicas. */
  readonly nodes: readonly DevRedis[]
  readonly sentinels: readonly DevRedis[]
  /** Who is master now, by the word of a sentinel that runs. */
  master(): Promise<DevRedis>
  /**
   * Lets a replica become master; resolves when a sentinel names it and it takes writes.
   *
   * @param by @default 'command'
   */
  failover(by?: FailOverBy): Promise<FailedOver>
  stop(): Promise<void>
}

const NAME = 'mymaster'
const SENTINELS = 3

/** Starts it all from a server program on this machine, and waits until the sentinels agree. */
export async function startSentinel(options: SentinelOptions = {}): Promise<DevSentinel> {
  const { replicas: count = 2, log = logToStderr } = options
  const group = new LocalGroup(await provideBinary(log))
  return group.orStop(async () => {
    const quick = ['--repl-diskless-sync-delay', '0']
    const [master] = await group.start([{ args: quick }])
    if (master === undefined) throw new Error('the master did not start')
    const follow = [...quick, '--replicaof', master.host, String(master.port)]
    const replicas = await group.start(Array.from({ length: count }, () => ({ args: follow })))
    // A sentinel looks for replicas when it begins and then only every ten seconds.
    await eventually('the replicas to be online', async () => {
      const info = String(await ask(master, ['INFO', 'replication']))
      return (info.match(/state=online/g) ?? []).length === count
    })
    const sentinels = await group.start(Array.from({ length: SENTINELS }, () => watching(master)))
    await Promise.all(sentinels.map((sentinel) => agreed(sentinel, count)))
    const nodes = [master, ...replicas]
    return {
      name: NAME,
      nodes,
      sentinels,
      master: () => currentMaster(sentinels, nodes),
      failover: (by) => failover(sentinels, nodes, by),
      stop: () => group.stop(),
      [Symbol.asyncDispose]: () => group.stop(),
    }
  })
}

function watching(master: Address): LocalOptions {
  return {
    command: ({ port, folder }) => {
      const file = join(folder, 'sentinel.conf')
      const lines = [
        `port ${port}`,
        'bind 127.0.0.1',
        `dir ${folder}`,
        `sentinel monitor ${NAME} ${master.host} ${master.port} 2`,
        `sentinel down-after-milliseconds ${NAME} 500`,
        `sentinel failover-timeout ${NAME} 2000`,
        `sentinel parallel-syncs ${NAME} 2`,
      ]
      // The sentinel keeps what it learns in this file: it is written once, and kept at a restart.
      if (!existsSync(file)) writeFileSync(file, `${lines.join('\n')}\n`)
      return [file, '--sentinel']
    },
  }
}

async function agreed(sentinel: LocalServer, replicas: number): Promise<void> {
  await eventually(
    'the sentinels to know each other and the replicas',
    async () => {
      const words = texts(await ask(sentinel, ['SENTINEL', 'MASTER', NAME]))
      const field = (name: string): string | undefined => words[words.indexOf(name) + 1]
      return (
        field('num-slaves') === String(replicas) &&
        field('num-other-sentinels') === String(SENTINELS - 1)
      )
    },
    { ms: 30_000, every: 20 },
  )
}

async function currentMaster(
  sentinels: readonly LocalServer[],
  nodes: readonly LocalServer[],
): Promise<LocalServer> {
  const [, port] = texts(
    await ask(running(sentinels), ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME]),
  )
  const master = nodes.find((node) => node.port === Number(port))
  if (master === undefined) throw new Error(`the sentinels name port ${port} as master`)
  return master
}

async function failover(
  sentinels: readonly LocalServer[],
  nodes: readonly LocalServer[],
  by: FailOverBy = 'command',
): Promise<FailedOver> {
  const from = await currentMaster(sentinels, nodes)
  await begin(by, from, () =>
    // Refused while the last fail-over is not done with, or a replica not yet known to be well.
    eventually(
      'a sentinel to agree',
      () => ask(running(sentinels), ['SENTINEL', 'FAILOVER', NAME]),
      {
        ms: 60_000,
        every: 100,
      },
    ),
  )
  const to = await eventually(
    'another master',
    async () => {
      const master = await currentMaster(sentinels, nodes)
      const isMaster = master !== from && String(await ask(master, ['ROLE'])).startsWith('master')
      return isMaster ? master : undefined
    },
    { ms: 60_000, every: 20 },
  )
  return { from, to }
}

function running(sentinels: readonly LocalServer[]): LocalServer {
  const sentinel = sentinels.find(({ pid }) => pid !== undefined)
  if (sentinel === undefined) throw new Error('no sentinel is running')
  return sentinel
}
