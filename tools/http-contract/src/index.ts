export { adapterContract, type Limits } from './contract.ts'
export { listening } from './listening.ts'
export {
  type Got,
  type Reply,
  type RouteOfSite,
  type Seen,
  type Serve,
  type Served,
  Site,
} from './site.ts'
