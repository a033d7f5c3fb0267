import type { Cache } from '../../src/index.ts'

/** The key and the tag that the tables' tests are about. */
export const KEY = 'k'
export const TAG = 'of-k'

/** A change that makes what was read or loaded before it worthless. */
export interface Overtaking {
  readonly name: string
  readonly change: (cache: Cache) => Promise<unknown>
  /** What every instance finds for `KEY` afterwards. */
  readonly found: string | undefined
}

export const OVERTAKINGS: readonly Overtaking[] = [
  { name: 'delete', change: (cache) => cache.delete(KEY), found: undefined },
  {
    name: 'set',
    change: (cache) => cache.set(KEY, 'new', { tags: [TAG] }),
    found: 'new',
  },
  { name: 'expire', change: (cache) => cache.expire(KEY), found: undefined },
  { name: 'invalidateTags', change: (cache) => cache.invalidateTags([TAG]), found: undefined },
  { name: 'clear', change: (cache) => cache.clear(), found: undefined },
]
