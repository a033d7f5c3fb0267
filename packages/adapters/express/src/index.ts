export { type CacheResponse, expressCache } from './express-cache.ts'
export type { ResponseCache, ResponseCacheOptions, Route, RouteOptions } from '@tiercel/http'
