export { fastifyCache, type FastifyCacheOptions } from './fastify-cache.ts'
export type { ResponseCache, ResponseCacheOptions, Route, RouteOptions } from '@tiercel/http'
