import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import {
  type Address,
  ask,
  type DevSentinel,
  type Proxy,
  startProxy,
  startRedis,
  startSentinel,
} from '@tiercel/dev-redis'
import { Redis, type RedisOptions } from 'ioredis'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Cache, createCache } from '../src/index.ts'
import { Connection } from '../src/redis/connect.ts'
import { MasterGuide } from '../src/redis/master-guide.ts'
import { MasterWatch } from '../src/redis/master-watch.ts'
import { expectNoCrash } from './support/crashes.ts'
import { SaidSentinel } from './support/said-sentinel.ts'
import { IS_OURS } from './support/stage.ts'
import { eventually } from './support/until.ts'

/** A sentinel that was held up for two seconds does nothing for half a minute (TILT). */
const PATIENT = { ms: 60_000 }
vi.setConfig({ testTimeout: 2 * PATIENT.ms })

let watched: DevSentinel
expectNoCrash()

beforeAll(async () => {
  if (IS_OURS) watched = await startSentinel({ replicas: 1 })
})

afterAll(async () => {
  await watched?.stop()
})

function cache(): Cache {
  const sentinels = watched.sentinels.map(({ host, port }) => ({ host, port }))
  return createCache({
    namespace: 'sentinel',
    redis: { sentinels, name: watched.name },
    coherence: { beat: '200ms', maxStaleness: '2s' },
    l2: { timeout: '2s' },
  })
}

function nameOf({ host, port }: Address): string {
  return `${host}:${port}`
}

/** Those who wait for a sentinel's word on who is master. */
async function listeners(): Promise<number> {
  let count = 0
  for (const sentinel of watched.sentinels.filter(({ pid }) => pid !== undefined)) {
    const list = String(await ask(sentinel, ['CLIENT', 'LIST', 'TYPE', 'pubsub']))
    count += (list.match(/^id=/gm) ?? []).length
  }
  return count
}

// That instances leave a master which runs on is shown by the faults: "master changed by command".
test.runIf(IS_OURS)(
  'instances listen to all sentinels, go on when one is gone, and leave none behind',
  async () => {
    const caches = [cache(), cache()]
    const [a, b] = caches as [Cache, Cache]
    try {
      for (const one of caches) await one.ready()
      await eventually('the instances to listen', async () => (await listeners()) === 6)
      await watched.sentinels[0]?.kill()
      await watched.failover()
      const isDone = async (): Promise<boolean> => {
        await a.set('k', 'new')
        return (await b.get('k')) === 'new' && (await b.delete('k')) === 'everywhere'
      }
      await eventually('both on the new master', isDone, PATIENT)
      await watched.sentinels[0]?.restart()
      await eventually('the instances to listen again', async () => (await listeners()) === 6)
    } finally {
      await Promise.all(caches.map((one) => one.close()))
    }
    await eventually('nobody to listen', async () => (await listeners()) === 0)
    expect(await listeners()).toBe(0)
  },
)

/** The sentinels through proxies, once they agree: one that was restarted may have to hear who is master. */
async function proxies(): Promise<Proxy[]> {
  const agree = async (): Promise<boolean> => {
    const said = await Promise.all(
      watched.sentinels.map((one) =>
        ask(one, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', watched.name]),
      ),
    )
    return new Set(said.map(String)).size === 1
  }
  await eventually('the sentinels to agree', agree, PATIENT)
  return Promise.all(watched.sentinels.map((target) => startProxy({ target })))
}

function watch(sentinels: readonly Address[], guide: MasterGuide): MasterWatch {
  return new MasterWatch(
    { sentinels: sentinels.map(({ host, port }) => ({ host, port })), name: watched.name },
    guide,
    (options) => new Redis({ ...(options as object), retryStrategy: () => 50 }),
    () => {},
  )
}

test.runIf(IS_OURS)('a master that changed while no sentinel was heard is noticed', async () => {
  const between = await proxies()
  const guide = new MasterGuide(undefined)
  const watching = watch(between, guide)
  try {
    await eventually('the sentinels to be heard', async () => (await listeners()) === 3)
    for (const proxy of between) {
      await proxy.refuse()
      proxy.cut()
    }
    await eventually('nobody to listen', async () => (await listeners()) === 0)
    const { from, to } = await watched.failover()
    expect(guide.isShunned(nameOf(from))).toBe(false)
    for (const proxy of between) await proxy.refuse(false)
    await eventually('a sentinel to tell', () => guide.isShunned(nameOf(from)), PATIENT)
    expect(guide.isShunned(nameOf(to))).toBe(false)
  } finally {
    watching.close()
    for (const proxy of between) await proxy.stop()
  }
})

test.runIf(IS_OURS)('connections to sentinels that swallow everything are noticed', async () => {
  const between = await proxies()
  const guide = new MasterGuide(undefined)
  const watching = watch(between, guide)
  try {
    await eventually('the sentinels to be heard', async () => (await listeners()) === 3)
    // Half-open: those that are there, for ever; new ones work.
    for (const proxy of between) proxy.connections().drop('down')
    const { from } = await watched.failover()
    await eventually('a sentinel to tell', () => guide.isShunned(nameOf(from)), PATIENT)
  } finally {
    watching.close()
    for (const proxy of between) await proxy.stop()
  }
})

test.runIf(IS_OURS)(
  'who connected just before the sentinels changed their word is led away',
  async () => {
    const servers = await Promise.all([startRedis(), startRedis()])
    const [first, second] = servers.map(({ host, port }) => ({ host, port })) as [Address, Address]
    await using sentinel = await SaidSentinel.start({ address: nameOf(first), epoch: 1 })
    const connection = new Connection(
      { sentinels: [{ host: sentinel.host, port: sentinel.port }], name: 'main' },
      { onConnected: () => {}, onError: () => {} },
    )
    const { client } = connection
    const subscriber = connection.subscriber()
    subscriber.on('error', () => {})
    const ports = (): unknown[] =>
      [client, subscriber].map((one) => (one as unknown as Redis).stream?.remotePort)
    let watching: MasterWatch | undefined
    try {
      await eventually('the connections', () => ports().every((port) => port === first.port))
      sentinel.say({ address: nameOf(second), epoch: 2 }) // before it was asked by who watches
      watching = connection.watchMaster()
      await eventually('the new master', () => ports().every((port) => port === second.port))
    } finally {
      watching?.close()
      subscriber.disconnect()
      connection.close()
      for (const server of servers) await server.stop()
    }
  },
)

test('options whose sentinels are undefined have none', () => {
  const options = { port: 1, sentinels: undefined } as unknown as RedisOptions
  const connection = new Connection(options, { onConnected: () => {}, onError: () => {} })
  expect(connection.watchMaster()).toBeUndefined()
  connection.close()
})

test.runIf(IS_OURS)('a sentinel that does not answer is passed over', async () => {
  const mute = createServer(() => {}).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const { port } = mute.address() as AddressInfo
  const answering = watched.sentinels.map(({ host, port: at }) => ({ host, port: at }))
  const connection = new Connection(
    { sentinels: [{ host: '127.0.0.1', port }, ...answering], name: watched.name },
    { onConnected: () => {}, onError: () => {} },
  )
  try {
    await eventually('the connection', () => connection.client.status === 'ready')
  } finally {
    connection.close()
    mute.close()
  }
})

test.runIf(IS_OURS)('a sentinel that has not heard of the new master is not believed', async () => {
  const old = await watched.master()
  await using deaf = await SaidSentinel.start({ address: `${old.host}:${old.port}`, epoch: 0 })
  const hearing = watched.sentinels[0]!
  const sentinels = [hearing, deaf].map(({ host, port }) => ({ host, port })) // in the order they are asked
  const connection = new Connection(
    { sentinels, name: watched.name },
    { onConnected: () => {}, onError: () => {} },
  )
  const { client } = connection
  const portOf = (): number | undefined => (client as unknown as Redis).stream?.remotePort
  const watching = connection.watchMaster()
  try {
    await eventually('the connection', () => client.status === 'ready')
    await eventually('the sentinel to be heard', async () => (await listeners()) === 1)
    await watched.failover()
    const { port: now } = await watched.master()
    await eventually('the new master', () => portOf() === now, PATIENT)
  } finally {
    watching?.close()
    connection.close()
  }
})
