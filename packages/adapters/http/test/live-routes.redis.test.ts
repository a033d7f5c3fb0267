import { type Cache, createCache } from '@tiercel/core'
import { type DevRedis, type Proxy, startProxy, startRedis, until } from '@tiercel/dev-redis'
import { type HttpRequest, type Route, responseCache } from '@tiercel/http'
import { afterAll, beforeAll, expect, test } from 'vitest'

let redis: DevRedis
let count = 0
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

/** An instance of a service, with the route `list`, behind a proxy of its own. */
interface Instance extends AsyncDisposable {
  readonly proxy: Proxy
  readonly cache: Cache
  readonly route: Route
}

async function begin(namespace: string): Promise<Instance> {
  const proxy = await startProxy({ target: redis })
  const cache = createCache({ namespace, redis: proxy.url, coherence: { beat: '100ms' } })
  return {
    proxy,
    cache,
    route: responseCache(cache).route({ name: 'list', ttl: '5m', when: { rollout: 1 } }),
    async [Symbol.asyncDispose]() {
      await cache.close()
      await proxy[Symbol.asyncDispose]()
    },
  }
}

async function pair(): Promise<[Instance, Instance] & AsyncDisposable> {
  const namespace = `live-${++count}`
  const both: [Instance, Instance] = [await begin(namespace), await begin(namespace)]
  for (const { cache } of both) await cache.ready()
  return Object.assign(both, {
    async [Symbol.asyncDispose]() {
      for (const one of both) await one[Symbol.asyncDispose]()
    },
  })
}

/** Whether a request is left to its handler, without the cache. */
async function isPassed({ route }: Instance): Promise<boolean> {
  const headers = { host: 'shop.example' }
  const request: HttpRequest = { method: 'GET', url: '/', headers, scheme: 'http', source: 0 }
  const decision = await route.handle(request)
  if (decision.kind === 'answer') return false
  const { headers: told } = decision.recorder.head(200, {})
  decision.recorder.abort()
  return told['cache-status'] === 'Tiercel; fwd=bypass'
}

test('what is changed everywhere holds on all instances, under what was said here', async () => {
  await using both = await pair()
  const [here, there] = both
  const said = await here.route.change(
    { ttl: '1m', when: { rollout: 0 }, key: { query: ['page'] } },
    { everywhere: true },
  )
  expect(said).toBe('everywhere')
  expect(here.route.settings).toMatchObject({ ttl: 60_000, rollout: 0, query: new Set(['page']) })
  await until('the change', () => there.route.settings.ttl === 60_000)
  expect(await isPassed(there)).toBe(true)

  expect(await there.route.change({ when: { rollout: 1 } })).toBe('here')
  expect(await isPassed(there)).toBe(false)
  expect(await isPassed(here)).toBe(true)
  await here.route.change({ ttl: '2m', when: { bypass: true } }, { everywhere: true })
  await until('the change', () => there.route.settings.ttl === 120_000)
  expect(there.route.settings).toMatchObject({ rollout: 1, bypass: true })
  expect(there.route.said).toEqual({
    everywhere: { ttl: '2m', when: { rollout: 0, bypass: true }, key: { query: ['page'] } },
    here: { when: { rollout: 1 } },
  })

  const back = { ttl: undefined, when: { rollout: undefined } }
  await there.route.change(back)
  await there.route.change(back, { everywhere: true })
  await until('the change', () => here.route.settings.ttl === 300_000)
  expect(here.route.settings).toMatchObject({ rollout: 1, bypass: true })
  expect(await isPassed(here)).toBe(false)
})

test('an instance that missed the message has the change with its next beat', async () => {
  await using both = await pair()
  const [here, there] = both
  const hearAgain = there.proxy.dropMessages(() => true)
  await here.route.change({ when: { rollout: 0 } }, { everywhere: true })
  await until('the change', () => there.route.settings.rollout === 0)
  hearAgain()
})

test('an instance that was cut off has it when Redis is back, and answers meanwhile', async () => {
  await using both = await pair()
  const [here, there] = both
  await there.proxy.refuse()
  there.proxy.cut()
  await here.route.change({ when: { rollout: 0 } }, { everywhere: true })
  expect(await isPassed(there)).toBe(false)
  await there.proxy.refuse(false)
  await until('the change', () => there.route.settings.rollout === 0)
})

test('an instance that begins later has it before its first answer', async () => {
  await using both = await pair()
  const [here] = both
  await here.route.change({ when: { rollout: 0 } }, { everywhere: true })
  await using late = await begin(`live-${count}`) // and nobody waits for it to be ready
  expect(await isPassed(late)).toBe(true)
})

test('without Redis a first answer waits no longer than Redis is waited for', async () => {
  await using alone = await begin(`live-${++count}`)
  alone.proxy.partition()
  expect(await isPassed(alone)).toBe(false)
  await alone.proxy.heal()
})

test('what Redis did not take is refused, and nothing is changed', async () => {
  await using both = await pair()
  const [here, there] = both
  await here.proxy.refuse()
  here.proxy.cut()
  const change = here.route.change({ when: { rollout: 0 } }, { everywhere: true })
  await expect(change).rejects.toThrow(expect.objectContaining({ code: 'ERR_TIER' }))
  expect([here.route.settings.rollout, there.route.settings.rollout]).toEqual([1, 1])
  await here.proxy.refuse(false)
})

test('what can not be told to others is refused by its name', async () => {
  await using both = await pair()
  const [here] = both
  const everywhere = { everywhere: true }
  const skip = (): boolean => true
  await expect(here.route.change({ when: { skip } }, everywhere)).rejects.toThrow(
    /when\.skip: a function/,
  )
  await expect(here.route.change({ tags: () => [] }, everywhere)).rejects.toThrow(/^tags: a fun/)
  await expect(here.route.change({ when: { rollout: 2 } }, everywhere)).rejects.toThrow(/rollout/)
  await expect(here.route.change({}, { evrywhere: true } as never)).rejects.toThrow(/evrywhere/)
  const nameless = responseCache(here.cache).route()
  await expect(nameless.change({ ttl: '1m' }, everywhere)).rejects.toThrow(/the option "name"/)
  expect(await nameless.change({ ttl: '1m' })).toBe('here')
})
