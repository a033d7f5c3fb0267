import { type DevCluster, startCluster } from '@tiercel/dev-redis'
import { Cluster as Cluster6 } from 'ioredis'
import { Cluster as Cluster5 } from 'ioredis-5'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Cache, type CacheOptions, createCache } from '../src/index.ts'
import { Connection } from '../src/redis/connect.ts'
import { ShardKeys } from '../src/redis/keys.ts'
import { RedisBus } from '../src/redis/redis-bus.ts'
import { expectNoCrash } from './support/crashes.ts'
import { HeldLoader } from './support/held-loader.ts'
import { eventually } from './support/until.ts'

let cluster: DevCluster
expectNoCrash()

beforeAll(async () => {
  cluster = await startCluster()
})

afterAll(async () => {
  await cluster?.stop()
})

interface Way {
  readonly name: string
  readonly open: () => { redis: NonNullable<CacheOptions['redis']>; end: () => void }
}

function own(client: Cluster6 | Cluster5): ReturnType<Way['open']> {
  client.on('error', () => {})
  return { redis: client, end: () => client.disconnect() }
}

const WAYS: readonly Way[] = [
  {
    name: 'its nodes, with sharded messages',
    open: () => ({ redis: { nodes: cluster.startNodes }, end: () => {} }),
  },
  {
    name: 'its nodes, with messages to all nodes',
    open: () => ({
      redis: { nodes: cluster.startNodes, options: { shardedSubscribers: false } },
      end: () => {},
    }),
  },
  {
    name: "the user's client of ioredis 6",
    open: () => own(new Cluster6([...cluster.startNodes], { shardedSubscribers: true })),
  },
  {
    name: "the user's client of ioredis 6 that pipelines by itself",
    open: () =>
      own(
        new Cluster6([...cluster.startNodes], {
          shardedSubscribers: true,
          enableAutoPipelining: true,
        }),
      ),
  },
  {
    name: "the user's client of ioredis 5",
    open: () => own(new Cluster5([...cluster.startNodes], { shardedSubscribers: true })),
  },
]

const KEYS = Array.from({ length: 60 }, (_, i) => `key ${i}`)

/** A clear is told on the channel of each shard. */
async function hearEachOther([a, b]: readonly [Cache, Cache]): Promise<boolean> {
  const before = [a, b].map((cache) => cache.stats().coherence.messages)
  await a.clear()
  return eventually(
    'one message of each shard',
    () =>
      [a, b].every((cache, i) => cache.stats().coherence.messages - (before[i] as number) >= 16),
    { ms: 500 },
  ).catch(() => false)
}

test.each([
  ['serverIdentity', { serverIdentity: 'none' }],
  ['durability', { durability: { replicas: 1 } }],
] as const)('coherence.%s is refused on a Cluster', (option, coherence) => {
  const redis = { nodes: cluster.startNodes }
  expect(() => createCache({ namespace: 'refused', redis, coherence })).toThrow(
    `coherence.${option}: can't be used on a Cluster`,
  )
})

test('a subscription that is made anew again and again, as by all shards at once, hears all of them', async () => {
  const connection = new Connection(
    { nodes: cluster.startNodes },
    { onConnected: () => {}, onError: () => {} },
  )
  const channels = Array.from({ length: 16 }, (_, i) => new ShardKeys('anew', 16, i).channel)
  const bus = new RedisBus(connection, channels)
  const heard = new Set<number>()
  let subscribed = 0
  bus.start({
    onMessage: (shard) => heard.add(shard),
    onSubscribed: () => subscribed++,
    onLost: () => {},
    onError: () => {},
  })
  await eventually('the subscription', () => subscribed > 0)
  for (let round = 0; round < 8; round++) {
    const before = subscribed
    for (let shard = 0; shard < 16; shard++) {
      bus.reconnect()
      await pause((round * 16 + shard) % 11)
    }
    await eventually('the subscription again', () => subscribed > before)
  }
  await eventually('a message of each shard', async () => {
    for (const channel of channels) await (connection.client as Cluster6).spublish(channel, 'said')
    return heard.size === 16
  })
  await bus.close()
  connection.close()
})

describe.each(WAYS)('on a Redis Cluster by $name', ({ name, open }) => {
  const ends: (() => Promise<void>)[] = []

  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })

  async function pair(): Promise<readonly [Cache, Cache]> {
    const namespace = `cluster-${WAYS.findIndex((way) => way.name === name)}`
    const caches = [1, 2].map(() => {
      const { redis, end } = open()
      const cache = createCache({
        namespace,
        redis,
        coherence: { beat: '500ms', maxStaleness: '5s' },
        l2: { timeout: '2s' },
      })
      ends.push(async () => {
        await cache.close()
        end()
      })
      return cache
    })
    for (const cache of caches) await eventually('all shards', () => cache.ready().then(() => true))
    await eventually('the messages of all shards', () => hearEachOther(caches as [Cache, Cache]))
    return caches as [Cache, Cache]
  }

  test('a sweep reaches the keys of all shards, whatever node they are on', async () => {
    const [a, b] = await pair()
    await a.setMany(KEYS.map((key) => [key, 'v']))
    expect((await b.getMany(KEYS)).size).toBe(KEYS.length)
    expect(await a.invalidatePattern('key *')).toMatchObject({ way: 'sweep' })
    await eventually('the deletes', () => KEYS.every((key) => b.peek(key) === undefined))
    expect((await b.getMany(KEYS)).size).toBe(0)
  })

  test('values, deletes, tags and clears of keys in all shards are true on both instances', async () => {
    const [a, b] = await pair()
    expect(
      await a.setMany(
        KEYS.map((key) => [key, `of ${key}`]),
        { tags: ['t'] },
      ),
    ).toBe('everywhere')
    expect((await b.getMany(KEYS)).size).toBe(KEYS.length)
    expect(KEYS.every((key) => b.peek(key) === `of ${key}`)).toBe(true)

    await a.deleteMany(KEYS.slice(0, 20))
    await eventually('the deletes', () =>
      KEYS.slice(0, 20).every((key) => b.peek(key) === undefined),
    )
    expect((await b.getMany(KEYS)).size).toBe(40)

    await b.invalidateTags(['t'])
    await eventually('the tag', () => KEYS.every((key) => a.peek(key) === undefined))
    expect((await a.getMany(KEYS)).size).toBe(0)

    const loaded = await a.getOrSetMany(KEYS, (keys) => keys.map((key) => [key, 'loaded']))
    expect(loaded.size).toBe(KEYS.length)
    await eventually('the fills', async () => (await b.getMany(KEYS)).size === KEYS.length)
    await a.clear()
    await eventually('the clear', () => KEYS.every((key) => b.peek(key) === undefined))
    expect((await b.getMany(KEYS)).size).toBe(0)
    expect([a, b].map((cache) => cache.stats().l2.errors)).toEqual([0, 0])
  })

  test('updates, counters and writers of keys in all shards are true on both instances', async () => {
    const [a, b] = await pair()
    await a.clear()
    const both = [a, b]
    await Promise.all(
      KEYS.flatMap((key) =>
        both.map((cache) => cache.update<number>(`u ${key}`, (n = 0) => n + 1)),
      ),
    )
    await Promise.all(KEYS.flatMap((key) => both.map((cache) => cache.increment(`n ${key}`))))
    for (const cache of both) {
      for (const kind of ['u', 'n']) {
        await eventually('the last', async () => {
          const found = await cache.getMany(KEYS.map((key) => `${kind} ${key}`))
          return KEYS.every((key) => found.get(`${kind} ${key}`) === 2)
        })
      }
    }
    const rows = new Map<string, unknown>()
    for (const mode of ['through', 'behind'] as const) {
      const writer = a.writer<string>({
        name: `db-${mode}`,
        mode,
        write: (writes) => {
          for (const { key, value } of writes) rows.set(key, value)
        },
      })
      await writer.setMany(KEYS.map((key) => [key, `${mode} ${key}`]))
      expect(await writer.flush()).toBe(true)
      expect(KEYS.every((key) => rows.get(key) === `${mode} ${key}`)).toBe(true)
      const isSeen = (cache: Cache) => async () => {
        const found = await cache.getMany(KEYS)
        return KEYS.every((key) => found.get(key) === `${mode} ${key}`)
      }
      for (const cache of both) await eventually('the values', isSeen(cache))
    }
    await a.mutate({ keys: KEYS, tags: ['t'] }, async () => {
      await b.getOrSetMany(KEYS, (keys) => keys.map((key) => [key, 'during']))
      await eventually('the loads to be over', () => b.stats().loads.underway === 0)
      expect((await a.getMany(KEYS)).size).toBe(0)
    })
    expect(both.map((cache) => cache.stats().l2.errors)).toEqual([0, 0])
  })

  test('a load that a delete by the other instance overtakes is not kept', async () => {
    const [a, b] = await pair()
    const loader = new HeldLoader()
    const reading = b.getOrSet('slow', loader.load)
    await loader.called
    await a.delete('slow')
    loader.answer('old')
    await reading
    await eventually('the refusal', () => b.stats().loads.fillsRefused === 1)
    expect([await a.get('slow'), await b.get('slow')]).toEqual([undefined, undefined])
  })
})
