import { Cluster } from 'ioredis'
import { expect, test } from 'vitest'
import { startCluster, startSentinel } from '../src/index.ts'
import { ask } from '../src/resp/ask.ts'
import { until } from '../src/server/until.ts'

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
    await until('the copies', async () => {
      const sizes = await Promise.all(cluster.nodes.map((node) => ask(node, ['DBSIZE'])))
      return sizes.reduce((sum, size) => sum + Number(size), 0) === 120
    })
    const [victim] = cluster.nodes
    await victim?.kill()
    await until('all keys again', async () => {
      const values = await Promise.all(keys.map((key) => client.get(key)))
      return values.every((value, i) => value === keys[i])
    })
    await victim?.restart()
    await until('the killed node to be a replica', async () =>
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
  await until('the other to be master', async () => (await watched.master()).port === second?.port)
})
