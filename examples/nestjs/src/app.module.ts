import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common'
import { type Cache, createCache } from '@tiercel/core'
import { TiercelModule } from '@tiercel/nestjs'
import { OrdersController } from './orders.controller.js'
import { Orders } from './orders.js'

const CACHE = Symbol('cache')

/** The cache, for the whole application: it is ready before the first request, and closed after the last one. */
@Module({
  providers: [
    {
      provide: CACHE,
      useFactory: async () => {
        const { CACHE_ENVIRONMENT: environment = 'local', REDIS_URL: redis } = process.env
        const cache = createCache({ namespace: 'orders', environment, redis })
        await cache.ready()
        return cache
      },
    },
  ],
  exports: [CACHE],
})
class CacheModule implements OnApplicationShutdown {
  @Inject(CACHE) readonly cache!: Cache

  async onApplicationShutdown(): Promise<void> {
    await this.cache.close()
  }
}

@Module({
  imports: [
    // First, so that a hit does not go through interceptors of others.
    TiercelModule.forRootAsync({
      imports: [CacheModule],
      inject: [CACHE],
      useFactory: (cache: Cache) => ({ cache, defaults: { staleIfError: '1h' } }),
    }),
  ],
  controllers: [OrdersController],
  providers: [Orders],
})
export class AppModule {}
