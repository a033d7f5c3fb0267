export { CacheKey, CacheTTL, CacheTags, Cached } from './decorators.ts'
export { RESPONSES, TiercelModule, type TiercelModuleOptions } from './tiercel-module.ts'
export type { AnyRequest } from './platform.ts'
export type { ResponseCache, ResponseCacheOptions, Route, RouteOptions } from '@tiercel/http'
