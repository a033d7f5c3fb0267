import diagnostics from 'node:diagnostics_channel'
import { readdirSync, readFileSync } from 'node:fs'
import { type Cache, CHANNELS, type CacheOptions, createCache, entry } from '@tiercel/core'
import { type DevRedis, ask, startCluster, startRedis, startSentinel } from '@tiercel/dev-redis'
import { redisMonitor } from '@tiercel/metrics/redis-monitor'
import { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'

type RedisOption = NonNullable<CacheOptions['redis']>

/** The commands of the guide, each as its arguments: what a reader would type. */
const guide = readFileSync(new URL('../guide/security.md', import.meta.url), 'utf8')
const commands = [...guide.matchAll(/^```text\n(ACL [\s\S]*?)^```$/gm)]
  .flatMap(([, text = '']) => text.replaceAll('\\\n', ' ').trim().split('\n'))
  .map((line) => line.split(/ +/))
const [shop = [], queues = [], durability = [], onCluster = [], monitor = [], watcher = []] =
  commands
const asShop = { username: 'shop', password: 'a-long-secret' }

function openTwo(redis: RedisOption, more: CacheOptions['coherence']): readonly [Cache, Cache] {
  const coherence = { beat: '50ms', maxStaleness: '1s', ...more } as const
  const options = { namespace: 'shop', redis, coherence, l2: { timeout: '2s' } } as const
  return [createCache(options), createCache(options)]
}

/** All that a cache does to Redis, but for queues of writers. */
async function useAll(redis: RedisOption, more: CacheOptions['coherence'] = {}): Promise<void> {
  const [cache, other] = openTwo(redis, more)
  await Promise.all([cache.ready(), other.ready()])
  const users = cache.keyspace('user:{id:number}', {
    tags: ({ id }) => [`org:${id % 2}`],
    loadMany: (params) => params.map(({ id }) => ({ id })),
  })
  await users.getMany([{ id: 1 }, { id: 2 }])
  await users.configure({ ttl: '1m' }, { everywhere: true })
  await users.invalidate()
  const sliding = { sliding: { window: 1 }, ttl: '1m' } as const
  await cache.getOrSet('a', () => entry(1, { tags: ['t'] }), sliding)
  // A read before the fill is in Redis prolongs nothing, and the next one waits for a second.
  const extended = () => cache.get('a').then(() => cache.stats().loads.extended)
  await expect.poll(extended, { timeout: 10_000 }).toBeGreaterThan(0)
  await other.get('a')
  await cache.set('b', { text: 'x' }, { tags: ['t'], grace: '1m' })
  await cache.expire('b')
  await cache.getOrSet('b', () => 'new')
  await cache.set('c', 1)
  expect(await cache.update<number>('c', (n = 0) => n + 1)).toBe(2)
  await cache.increment('n', 2)
  expect(await cache.decrement('n', 1, { tags: ['t'] })).toBe(1)
  await cache.mutate({ keys: ['b'], tags: ['t'] }, () => 1)
  await cache.invalidateTags(['t'])
  await cache.delete('d', { again: 1 })
  await cache.set('export:1', 1)
  expect((await cache.invalidatePattern('exp*1')).way).toBe('sweep')
  expect((await cache.keys()).keys).toContain('c')
  await cache.inspect('c')
  await cache.warm(other.hottest(10))
  await cache.namespace('part').clear()
  await cache.clear()
  await Promise.all([cache.close(), other.close()])
}

/** And those. */
async function useQueue(redis: RedisOption): Promise<void> {
  const [cache, other] = openTwo(redis, {})
  await Promise.all([cache.ready(), other.ready()])
  let isAway = true
  const carts = cache.writer<number>({
    name: 'carts',
    mode: 'behind',
    write: () => {
      if (isAway) throw new Error('away')
    },
    queue: { maxDelay: 0, firstRetry: 1, lastRetry: 1, maxAttempts: 2, lease: '100ms' },
  })
  await carts.set('cart:1', 1)
  const letters = async () => (await carts.stats()).deadLetters
  await expect.poll(letters, { timeout: 10_000 }).toBe(1)
  const [letter] = await carts.deadLetters()
  isAway = false
  expect(letter && (await carts.redrive(letter))).toBe(true)
  expect(await carts.flush()).toBe(true)
  await Promise.all([cache.close(), other.close()])
}

/** What Redis says of a command, and of one within a script. */
const REFUSED = /NOPERM|can't run this command|can't access/

/** What was refused while `run` ran: as core told it, and as the servers did. */
async function troubleIn(
  servers: readonly DevRedis[],
  run: () => Promise<void>,
): Promise<unknown[]> {
  const trouble: unknown[] = []
  const note = (record: unknown): void => {
    const { error } = record as { readonly error?: unknown }
    if (REFUSED.test(String(error))) trouble.push(record)
  }
  const channels = [CHANNELS.tier, CHANNELS.trip, CHANNELS.bus]
  for (const name of channels) diagnostics.subscribe(name, note)
  await run()
  for (const name of channels) diagnostics.unsubscribe(name, note)
  for (const server of servers) {
    const log = (await ask(server, ['ACL', 'LOG'])) as unknown[]
    // What ioredis tells of itself: it takes a refusal.
    trouble.push(...log.map(String).filter((line) => !line.includes('client|setinfo')))
  }
  return trouble
}

async function allow(servers: readonly DevRedis[], ...rules: readonly string[][]): Promise<void> {
  for (const server of servers) for (const rule of rules) await ask(server, rule)
}

const urlOf = ({ url }: DevRedis, user: typeof asShop): string =>
  Object.assign(new URL(url), user).href

describe.runIf(process.env['REDIS_URL'] === undefined)(
  'a Redis user with the rights of the guide',
  () => {
    test('does all that a cache does, and nothing else', async () => {
      await using server = await startRedis()
      await allow([server], shop)
      const url = urlOf(server, asShop)
      expect(await troubleIn([server], () => useAll(url))).toEqual([])

      await allow([server], queues)
      expect(await troubleIn([server], () => useQueue(url))).toEqual([])

      await allow([server], durability)
      const durable = { durability: { replicas: 1, timeout: 10 } }
      expect(await troubleIn([server], () => useAll(url, durable))).toEqual([])

      const client = new Redis(url)
      for (const command of [
        'FLUSHALL',
        'CONFIG GET dir',
        'KEYS *',
        'ACL LIST',
        'SET other 1',
        'GET {other:0}:e:a',
        'GET {shopping:0}:e:a',
        'PUBLISH {other:0}:c x',
        'EVAL return(redis.call("GET","{other:0}:e:a")) 0',
      ]) {
        const [name = '', ...args] = command.split(' ')
        const said = client
          .call(name, ...args)
          .catch((error: unknown) => `${command}: ${String(error)}`)
        expect(await said).toMatch(REFUSED)
      }
      client.disconnect()
    })

    test('does so on a Cluster', { timeout: 120_000 }, async () => {
      await using cluster = await startCluster()
      await allow(cluster.nodes, shop, queues, onCluster)
      const redis = { nodes: cluster.startNodes, options: { redisOptions: asShop } }
      expect(await troubleIn(cluster.nodes, () => useAll(redis))).toEqual([])
      expect(await troubleIn(cluster.nodes, () => useQueue(redis))).toEqual([])
    })

    test('does so behind sentinels', { timeout: 120_000 }, async () => {
      await using group = await startSentinel({ replicas: 1 })
      await allow(group.nodes, shop)
      await allow(group.sentinels, watcher)
      const redis = {
        ...asShop,
        name: group.name,
        sentinels: group.sentinels.map(({ host, port }) => ({ host, port })),
        sentinelUsername: 'watcher',
        sentinelPassword: 'third-secret',
      }
      const servers = [...group.nodes, ...group.sentinels]
      expect(await troubleIn(servers, () => useAll(redis))).toEqual([])
    })

    test('looks at Redis as a monitor, and changes nothing', async () => {
      await using server = await startRedis()
      await allow([server], shop, monitor)
      const cache = createCache({ namespace: 'shop', redis: urlOf(server, asShop) })
      await cache.ready()
      await cache.set('a', 1)
      const connection = new Redis(
        urlOf(server, { username: 'shop-monitor', password: 'another-secret' }),
      )
      const watch = redisMonitor(cache, connection)
      expect((await watch.look()).biggest.map(({ key }) => key)).toContain('a')
      await expect(connection.set('{shop:0}:e:a', 1)).rejects.toThrow('NOPERM')
      await expect(connection.get('{shop:0}:e:a')).rejects.toThrow('NOPERM')
      watch.stop()
      connection.disconnect()
      await cache.close()
    })
  },
)

test('no command of a script is missing in the guide', () => {
  const folder = new URL('../../packages/core/src/redis/scripts/', import.meta.url)
  const lua = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'))
  const used = lua.join().matchAll(/call\('([A-Z]+)'(?:, '([A-Z]+)')?/g)
  const allowed = [shop, queues, durability, onCluster].flat()
  for (const [, name = '', sub = ''] of used) {
    const one = `+${name.toLowerCase()}`
    expect(allowed).toSatisfy(
      () => allowed.includes(one) || allowed.includes(`${one}|${sub.toLowerCase()}`),
      `${name} ${sub}`,
    )
  }
})
