import type { Peer } from '../peer.ts'
import { bentocache } from './bentocache.ts'
import { cacheManager } from './cache-manager.ts'
import { cacheable, cacheableNonBlocking } from './cacheable.ts'
import { layeredLoader } from './layered-loader.ts'
import { tiercel } from './tiercel.ts'

/** All that are compared; ours is first, and the others are measured against it. */
export const PEERS: readonly Peer[] = [
  tiercel,
  bentocache,
  cacheable,
  cacheableNonBlocking,
  cacheManager,
  layeredLoader,
]
