import { ConfigurableModuleBuilder, Global, Module } from '@nestjs/common'
import { APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core'
import type { Cache } from '@tiercel/core'
import { type ResponseCache, type ResponseCacheOptions, responseCache } from '@tiercel/http'
import { ResponseCacheInterceptor } from './interceptor.ts'
import type { AnyRequest } from './platform.ts'

/** Options of the module. */
export interface TiercelModuleOptions extends ResponseCacheOptions<AnyRequest> {
  /** Where responses are stored. It is not closed with the application. */
  readonly cache: Cache
  /** Handlers that are cached: those that a decorator says so of, or all. @default 'marked' */
  readonly routes?: 'all' | 'marked'
}

/** What to inject to invalidate responses, and to change routes while they are used: a `ResponseCache`. */
export const RESPONSES: unique symbol = Symbol('tiercel:responses')

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<TiercelModuleOptions>().setClassMethodName('forRoot').build()

/**
 * The response cache for a whole application: `forRoot`, or `forRootAsync` with a factory. Imported first, it answers
 * before the interceptors of other modules are asked.
 */
export class TiercelModule extends ConfigurableModuleClass {}

// Called, not written as decorators: so the source runs as it is.
Global()(TiercelModule)
Module({
  providers: [
    {
      provide: RESPONSES,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: ({ cache, ...options }: TiercelModuleOptions) => responseCache(cache, options),
    },
    {
      provide: APP_INTERCEPTOR,
      inject: [RESPONSES, HttpAdapterHost, MODULE_OPTIONS_TOKEN],
      useFactory: (
        responses: ResponseCache<AnyRequest>,
        host: HttpAdapterHost,
        { routes }: TiercelModuleOptions,
      ) => new ResponseCacheInterceptor(responses, host, routes === 'all'),
    },
  ],
  exports: [RESPONSES],
})(TiercelModule)
