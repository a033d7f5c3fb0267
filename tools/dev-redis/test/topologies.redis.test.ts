import { Cluster } from 'ioredis'
import { expect, test } from 'vitest'
import { eventually, startCluster, startPair, startSentinel } from '../src/index.ts'
import { ask } from '../src/resp/ask.ts'

test('a cluster serves all slots, and a replica takes over from a killed master', async () => {
  await using cluster = await startCluster({ masters: 3, replicas: 1 })
  expect(cluster.nodes).toHaveLength(6)
  const client = new Cluster([...cluster.startNodes], {
    clusterRetryStrategy: () => 50,
    redisOptions: { commandTimeout: 3000, maxRetriesPerRequest: 1 },
  })
  client.on('error', () => {})
  try {
    const keys = Array.from({ length: 60 }, (_, i) => `k${i}`)
    await Promise.all(keys.map((key) => client.set(key, key)))
    expect(client.nodes('master')).toHaveLength(3)
    // Replicas answer a moment later than masters.
    await eventually('the copies', async () => {
      const sizes = await Promise.all(cluster.nodes.map((node) => ask(node, ['DBSIZE'])))
      return sizes.reduce((sum, size) => sum + Number(size), 0) === 120
    })
    const [victim] = cluster.nodes
    await victim?.kill()
    await eventually('all keys again', async () => {
      const values = await Promise.all(keys.map((key) => client.get(key)))
      return values.every((value, i) => value === keys[i])
    })
    await victim?.restart()
    await eventually('the killed node to be a replica', async () =>
      String(await ask(victim ?? cluster.nodes[0]!, ['ROLE'])).startsWith('slave'),
    )
  } finally {
    client.disconnect()
  }
})

test('a stopped cluster leaves no node', async () => {
  const cluster = await startCluster()
  expect(cluster.startNodes).toHaveLength(3)
  await cluster.stop()
  for (const node of cluster.startNodes) {
    await expect(ask(node, ['PING'])).rejects.toThrow('ECONNREFUSED')
  }
})

test('sentinels make another node the master when the master is killed', async () => {
  await using watched = await startSentinel({ replicas: 1 })
  const [first, second] = watched.nodes
  expect((await watched.master()).port).toBe(first?.port)
  await first?.kill()
  await eventually(
    'the other to be master',
    async () => (await watched.master()).port === second?.port,
  )
})

test('a cluster fails over by command and back by a pause, and moves a slot with its keys', async () => {
  await using cluster = await startCluster({ masters: 3, replicas: 1 })
  const slot = await cluster.slotOf('{a}1')
  const asked = await cluster.failover({ slot })
  expect(await cluster.masterOf(slot)).toBe(asked.to)
  expect(await cluster.replicaOf(asked.to)).toBe(asked.from)
  const forced = await cluster.failover({ slot, by: 'pause' })
  expect(forced).toEqual({ from: asked.to, to: asked.from })
  await forced.from.resume()

  for (let i = 0; i < 12; i++) await ask(forced.to, ['SET', `{a}${i}`, String(i)])
  const target = await cluster.masterOf(0)
  expect(target).not.toBe(forced.to)
  expect(await cluster.migrateSlot(slot, target)).toBe(12)
  expect(await cluster.masterOf(slot)).toBe(target)
  expect(String(await ask(target, ['GET', '{a}7']))).toBe('7')
  await expect(ask(forced.to, ['GET', '{a}7'])).rejects.toThrow(`MOVED ${slot}`)
  expect(await cluster.migrateSlot(slot, target)).toBe(0)
})

test('sentinels change the master when they are asked to', async () => {
  await using watched = await startSentinel({ replicas: 1 })
  const { from, to } = await watched.failover()
  expect([from, to]).toEqual(watched.nodes)
  expect(await watched.master()).toBe(to)
})

test('a pair loses what its replica did not get, behind the same address', async () => {
  await using pair = await startPair()
  const former = pair.primary
  await ask(pair, ['SET', 'kept', '1'])
  await eventually('the copy', async () => String(await ask(pair.replica, ['GET', 'kept'])) === '1')
  await pair.cutLink()
  await ask(pair, ['SET', 'lost', '1'])
  await pair.failover()
  expect(pair.replica).toBe(former)
  expect(String(await ask(pair, ['GET', 'kept']))).toBe('1')
  expect(String(await ask(pair, ['GET', 'lost']))).toBe('null')
  expect(String(await ask(former, ['GET', 'lost']))).toBe('null')
  await pair.failover()
  expect(pair.primary).toBe(former)
})
