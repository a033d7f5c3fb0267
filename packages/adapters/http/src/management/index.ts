export { type FetchHandler, type Management, management } from './management.ts'
export type { NodeHandler } from './node.ts'
export type {
  Asking,
  Authorization,
  ManagedResponses,
  ManagedRoute,
  ManagementOptions,
  Role,
  RouteChange,
} from './options.ts'
