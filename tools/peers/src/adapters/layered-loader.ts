import { Redis } from 'ioredis-6'
import { Loader, RedisCache, createNotificationPair } from 'layered-loader'
import type { Load, Peer } from '../peer.ts'

interface Asked {
  readonly key: string
  readonly load: Load
}

export const layeredLoader: Peer = {
  name: 'layered-loader',
  packages: ['layered-loader', 'ioredis-6'],
  setup:
    'in-memory cache, `RedisCache` and a Redis notification pair on three connections, as its README has them, with `timeoutInMsecs: 250`',
  takesCommandTimeout: true,
  waitsForRedis: true,
  async open({ url, namespace, ttlMs, l1Entries = 10_000, commandTimeoutMs }) {
    const clients = [0, 1, 2].map(
      () =>
        new Redis(url, {
          ...(commandTimeoutMs !== undefined && { commandTimeout: commandTimeoutMs }),
        }),
    )
    for (const client of clients) client.on('error', () => {})
    const [cache, publisherRedis, consumerRedis] = clients as [Redis, Redis, Redis]
    const { publisher, consumer } = createNotificationPair<unknown>({
      channel: `${namespace}-notifications`,
      publisherRedis,
      consumerRedis,
      errorHandler: () => {},
    })
    const loader = new Loader<unknown, Asked>({
      inMemoryCache: { cacheType: 'lru-map', ttlInMsecs: ttlMs, maxItems: l1Entries },
      asyncCache: new RedisCache<unknown>(cache, {
        prefix: namespace,
        json: true,
        timeoutInMsecs: 250,
        ttlInMsecs: ttlMs,
      }),
      dataSourceGetOneFn: async ({ load }) => load(),
      cacheKeyFromLoadParamsResolver: ({ key }) => key,
      notificationPublisher: publisher,
      notificationConsumer: consumer,
      cacheUpdateErrorHandler: () => {},
      loadErrorHandler: () => {},
    })
    await loader.init()
    return {
      getOrSet: (key, load) => loader.get({ key, load }),
      set: (key, value) => loader.forceSetValue(key, value),
      delete: (key) => loader.invalidateCacheFor(key),
      close: async () => {
        for (const client of clients) client.disconnect()
      },
    }
  },
}
