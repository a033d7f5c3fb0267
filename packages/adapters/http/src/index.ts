export { type CacheResponseOf, type ResponseCache, responseCache } from './response-cache.ts'
export { type Route } from './route.ts'
export type {
  KeyOptions,
  ResponseCacheOptions,
  RouteChanges,
  RouteOptions,
  StoreOptions,
  WhenOptions,
} from './options.ts'
export type { Answer, Decision, Head, HttpRequest, Recorder, Rerun, Run } from './messages.ts'
export type { Fields } from './fields.ts'
