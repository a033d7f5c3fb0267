import { once } from 'node:events'
import { type AddressInfo, type Server, createServer } from 'node:net'
import { ask, type DevSentinel, startProxy, startSentinel } from '@tiercel/dev-redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cache, createCache } from '../src/index.ts'
import { Connection } from '../src/redis/connect.ts'
import { Deposed, MasterWatch } from '../src/redis/master-watch.ts'
import { expectNoCrash } from './support/crashes.ts'
import { IS_OURS } from './support/stage.ts'
import { eventually } from './support/until.ts'

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
      await eventually('both on the new master', async () => {
        await a.set('k', 'new')
        return (await b.get('k')) === 'new' && (await b.delete('k')) === 'everywhere'
      })
      await watched.sentinels[0]?.restart()
      await eventually('the instances to listen again', async () => (await listeners()) === 6)
    } finally {
      await Promise.all(caches.map((one) => one.close()))
    }
    await eventually('nobody to listen', async () => (await listeners()) === 0)
    expect(await listeners()).toBe(0)
  },
)

test.runIf(IS_OURS)('a master that changed while no sentinel was heard is noticed', async () => {
  const proxies = await Promise.all(watched.sentinels.map((target) => startProxy({ target })))
  const addresses = proxies.map(({ host, port }) => ({ host, port }))
  // One that was restarted may have to hear first who is master.
  const master = await watched.master()
  await eventually('the sentinels to agree', async () => {
    const said = await Promise.all(
      watched.sentinels.map((one) =>
        ask(one, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', watched.name]),
      ),
    )
    return said.every((address) => String(address).endsWith(String(master.port)))
  })
  let switches = 0
  const watch = new MasterWatch(
    { sentinels: addresses, name: watched.name },
    new Deposed(),
    (options) => new Redis({ ...(options as object), retryStrategy: () => 50 }),
    () => switches++,
  )
  try {
    await eventually('the sentinels to be heard', async () => (await listeners()) === 3)
    for (const proxy of proxies) {
      await proxy.refuse()
      proxy.cut()
    }
    await eventually('nobody to listen', async () => (await listeners()) === 0)
    await watched.failover()
    expect(switches).toBe(0)
    for (const proxy of proxies) await proxy.refuse(false)
    await eventually('each sentinel to tell', () => switches === 3, { ms: 30_000 })
    for (const proxy of proxies) proxy.cut()
    await eventually('the sentinels to be heard again', async () => (await listeners()) === 3)
    expect(switches).toBe(3)
  } finally {
    watch.close()
    for (const proxy of proxies) await proxy.stop()
  }
})

/** A sentinel that does not hear of the others: it names the same master for ever. */
async function deafSentinel({ host, port }: { host: string; port: number }): Promise<Server> {
  const master = `*2\r\n$${host.length}\r\n${host}\r\n$${String(port).length}\r\n${port}\r\n`
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      for (const command of String(bytes)
        .toLowerCase()
        .split(/^\*\d+\r\n/m)
        .slice(1)) {
        if (command.includes('get-master-addr')) socket.write(master)
        else socket.write(command.includes('sentinels') ? '*0\r\n' : '+OK\r\n')
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

test.runIf(IS_OURS)('a sentinel that has not heard of the new master is not believed', async () => {
  const old = await watched.master()
  const deaf = await deafSentinel(old)
  const { port } = deaf.address() as AddressInfo
  const hearing = watched.sentinels[0]!
  const sentinels = [
    { host: hearing.host, port: hearing.port },
    { host: '127.0.0.1', port }, // the one that is asked next
  ]
  const connection = new Connection(
    { sentinels, name: watched.name },
    { onConnected: () => {}, onError: () => {} },
  )
  const { client } = connection
  const portOf = (): number | undefined => (client as unknown as Redis).stream?.remotePort
  let switches = 0
  const watch = connection.watchMaster(() => {
    switches++
    connection.reset()
  })
  try {
    await eventually('the connection', () => client.status === 'ready')
    await eventually('the sentinel to be heard', async () => (await listeners()) === 1)
    await watched.failover()
    const { port: now } = await watched.master()
    await eventually('the new master', () => switches > 0 && portOf() === now)
    expect(String(await ask(old, ['ROLE']))).toMatch(/^master/) // it was not told yet
  } finally {
    watch?.close()
    connection.close()
    deaf.close()
  }
})
