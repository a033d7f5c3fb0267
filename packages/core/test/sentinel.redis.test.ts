import { ask, type DevSentinel, startProxy, startSentinel } from '@tiercel/dev-redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cache, createCache } from '../src/index.ts'
import { MasterWatch } from '../src/redis/master-watch.ts'
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
