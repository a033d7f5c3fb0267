import { registerHooks } from 'node:module'
import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis-5'
import { type Proxy, startProxy } from '@tiercel/dev-redis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Cache, type CacheOptions, ConfigError, createCache } from '../src/index.ts'
import { countCommands } from './support/commands.ts'
import { expectNoCrash } from './support/crashes.ts'
import { HeldLoader } from './support/held-loader.ts'
import { Stage } from './support/stage.ts'
import { eventually, settled } from './support/until.ts'

const stage = new Stage()
expectNoCrash()

interface Client {
  ping(): Promise<string>
  disconnect(): void
  readonly status: string
}

/** One way to give a cache its connection; `client` where it is the user's own. */
interface Way {
  readonly name: string
  readonly isVersion5: boolean
  readonly open: (proxy: Proxy) => { redis: CacheOptions['redis']; client?: Client }
}

/** Errors of the user's own client are the user's to hear. */
function heard<C extends { on(event: 'error', listener: () => void): unknown }>(client: C): C {
  client.on('error', () => {})
  return client
}

const WAYS: readonly Way[] = [
  { name: 'a URL', isVersion5: false, open: ({ url }) => ({ redis: url }) },
  { name: 'a URL, with ioredis 5', isVersion5: true, open: ({ url }) => ({ redis: url }) },
  {
    name: 'options',
    isVersion5: false,
    open: ({ host, port }) => ({ redis: { host, port } }),
  },
  {
    name: 'options, with ioredis 5',
    isVersion5: true,
    open: ({ host, port }) => ({ redis: { host, port } }),
  },
  {
    name: 'a client of ioredis 6',
    isVersion5: false,
    open: ({ url }) => own(heard(new Redis6(url))),
  },
  {
    name: 'a client of ioredis 5',
    isVersion5: false,
    open: ({ url }) => own(heard(new Redis5(url))),
  },
  {
    name: 'a client of ioredis 6 that connects when it is used',
    isVersion5: false,
    open: ({ url }) => own(heard(new Redis6(url, { lazyConnect: true }))),
  },
  {
    name: 'a client of ioredis 5 that connects when it is used',
    isVersion5: false,
    open: ({ url }) => own(heard(new Redis5(url, { lazyConnect: true }))),
  },
  {
    name: 'a client of ioredis 6 that speaks RESP2 and pipelines by itself',
    isVersion5: false,
    open: ({ url }) => own(heard(new Redis6(url, { protocol: 2, enableAutoPipelining: true }))),
  },
  {
    name: 'a client of ioredis 5 that pipelines by itself',
    isVersion5: false,
    open: ({ url }) => own(heard(new Redis5(url, { enableAutoPipelining: true }))),
  },
]

function own<C extends Client & NonNullable<CacheOptions['redis']>>(
  client: C,
): { redis: CacheOptions['redis']; client: Client } {
  return { redis: client, client }
}

describe.each(WAYS)('a cache on $name', ({ isVersion5, open }) => {
  const opened: { cache: Cache; proxy: Proxy; client?: Client }[] = []
  let number = 0
  let hooks: { deregister(): void } | undefined

  beforeAll(() => {
    if (!isVersion5) return
    hooks = registerHooks({
      resolve: (name, context, next) => next(name === 'ioredis' ? 'ioredis-5' : name, context),
    })
  })

  afterEach(async () => {
    for (const { cache, proxy, client } of opened.splice(0)) {
      await proxy.heal()
      await cache.close()
      client?.disconnect()
      await eventually('the connections to end', () => proxy.connections().size === 0)
      await proxy.stop()
    }
    number++
  })

  afterAll(() => hooks?.deregister())

  async function pair(): Promise<typeof opened> {
    const namespace = `versions-${WAYS.findIndex((way) => way.open === open)}-${number}`
    for (let i = 0; i < 2; i++) {
      const proxy = await startProxy({ target: stage.redis })
      const hellos = countCommands(proxy, ({ name }) => name === 'HELLO')
      const { redis, client } = open(proxy)
      const cache = createCache({
        namespace,
        redis,
        coherence: { beat: '100ms', maxStaleness: '5s' },
      })
      opened.push(client === undefined ? { cache, proxy } : { cache, proxy, client })
      await eventually('Redis to be reached', () => cache.ready().then(() => true))
      // Only version 6 begins with it: the connection is of the version that is meant.
      const isMeant = client !== undefined || hellos() > 0 === !isVersion5
      expect(isMeant).toBe(true)
    }
    await subscribed(opened)
    return opened
  }

  async function subscribed(all: typeof opened): Promise<void> {
    for (const { cache, proxy } of all) {
      await eventually(
        'the subscription and the trust',
        () => proxy.subscribers().size === 1 && cache.stats().coherence.isConfirmed,
      )
    }
  }

  test('shares values, and drops them everywhere', async () => {
    const [a, b] = (await pair()) as [(typeof opened)[0], (typeof opened)[0]]
    await a.cache.set('k', { some: ['value', Buffer.from('x')] }, { tags: ['t'] })
    await eventually('the value', async () => (await b.cache.get('k')) !== undefined)
    expect(await b.cache.get('k')).toEqual({ some: ['value', Buffer.from('x')] })
    await a.cache.invalidateTags(['t'])
    await eventually('the message', () => b.cache.peek('k') === undefined)
    expect(await b.cache.getOrSet('k', () => 'loaded')).toBe('loaded')
    await eventually('the fill', async () => (await a.cache.get('k')) === 'loaded')
    await b.cache.delete('k')
    await eventually('the message', () => a.cache.peek('k') === undefined)
    expect((await a.cache.getMany(['k', 'other'])).size).toBe(0)
  })

  test('does not keep a load that a delete overtook', async () => {
    const [a, b] = (await pair()) as [(typeof opened)[0], (typeof opened)[0]]
    const loader = new HeldLoader()
    const reading = b.cache.getOrSet('k', loader.load)
    await loader.called
    await a.cache.delete('k')
    loader.answer('old')
    await reading
    await eventually('the refusal', () => b.cache.stats().loads.fillsRefused === 1)
    expect([await a.cache.get('k'), await b.cache.get('k')]).toEqual([undefined, undefined])
  })

  test('settles every call while its way to Redis is cut, and uses it again afterwards', async () => {
    const [a, b] = (await pair()) as [(typeof opened)[0], (typeof opened)[0]]
    a.proxy.partition()
    expect(
      await settled(
        'a read',
        a.cache.getOrSet('k', () => 'alone'),
      ),
    ).toBe('alone')
    expect(await settled('a delete', a.cache.delete('k'))).toBe('here')
    await a.proxy.heal()
    await eventually('the delete to be brought', () => a.cache.stats().coherence.outbox === 0)
    await a.proxy.refuse()
    a.proxy.cut()
    expect(
      await settled(
        'a read',
        a.cache.getOrSet('l', () => 'alone'),
      ),
    ).toBe('alone')
    expect(await settled('a delete', a.cache.delete('l'))).toBe('here')
    await a.proxy.refuse(false)
    await eventually('the delete to be brought', () => a.cache.stats().coherence.outbox === 0)
    await subscribed([a, b])
    await a.cache.set('k', 'shared')
    await eventually('the value', async () => (await b.cache.get('k')) === 'shared')
  })

  test('leaves a client of the user open, and ends what was opened for it', async () => {
    const [a] = (await pair()) as [(typeof opened)[0]]
    await a.cache.close()
    await eventually('the own connections to end', () => {
      return a.proxy.connections().size === (a.client === undefined ? 0 : 1)
    })
    expect((await a.client?.ping()) ?? 'PONG').toBe('PONG')
  })
})

describe.each([
  { name: 'ioredis 6', open: (url: string) => new Redis6(url, { keyPrefix: 'mine:' }) },
  { name: 'ioredis 5', open: (url: string) => new Redis5(url, { keyPrefix: 'mine:' }) },
])('a client of $name with a keyPrefix', ({ open }) => {
  test('is refused, since it would rename keys and not channels', async () => {
    const client = open(stage.redis.url)
    expect(() => createCache({ namespace: 'refused', redis: client })).toThrow(ConfigError)
    expect(await client.ping()).toBe('PONG')
    client.disconnect()
  })
})

describe.each([
  { name: 'ioredis 6', open: (url: string) => new Redis6(url, { maxRetriesPerRequest: null }) },
  { name: 'ioredis 5', open: (url: string) => new Redis5(url, { maxRetriesPerRequest: null }) },
])("a user's client of $name that would wait for Redis for ever", ({ open }) => {
  test('holds no call of the cache up, not even one that was sent already', async () => {
    const proxy = await startProxy({ target: stage.redis })
    const client = heard(open(proxy.url))
    const cache = createCache({ namespace: stage.namespace, redis: client })
    await eventually('Redis to be reached', () => cache.ready().then(() => true))
    proxy.hold('down')
    const calls = [cache.get('k'), cache.getOrSet('l', () => 'loaded'), cache.delete('m')]
    expect(await settled('calls under way', Promise.all(calls))).toEqual([
      undefined,
      'loaded',
      'here',
    ])
    await proxy.refuse()
    proxy.cut()
    const later = [cache.get('k'), cache.getOrSet('l', () => 'loaded'), cache.delete('m')]
    expect(await settled('later calls', Promise.all(later))).toEqual([undefined, 'loaded', 'here'])
    await proxy.heal()
    await eventually('all to be brought', () => cache.stats().coherence.outbox === 0)
    await cache.close()
    client.disconnect()
    await proxy.stop()
  })
})
