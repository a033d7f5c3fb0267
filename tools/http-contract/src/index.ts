export { ask, type Got, overHttp2 } from './ask.ts'
export { adapterContract, type Limits } from './contract.ts'
export { listening } from './listening.ts'
export { readmeContract } from './readme.ts'
export {
  type Reply,
  type RouteOfSite,
  type Seen,
  type Serve,
  type Served,
  Site,
  type Where,
} from './site.ts'
