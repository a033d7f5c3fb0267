export { type CacheResponse, honoCache, type HonoCacheOptions } from './hono-cache.ts'
export type { ResponseCache, ResponseCacheOptions, Route, RouteOptions } from '@tiercel/http'
