export { type CacheResponse, koaCache } from './koa-cache.ts'
export type { ResponseCache, ResponseCacheOptions, Route, RouteOptions } from '@tiercel/http'
