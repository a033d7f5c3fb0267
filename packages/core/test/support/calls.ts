import type { Cache } from '../../src/index.ts'

export const HELD = 'held'
export const MISSING = 'missing'

/** Every call that asks, of what L1 holds and of what it does not, with the answer it has to give. */
export const READS: readonly (readonly [string, (cache: Cache) => Promise<unknown>, unknown])[] = [
  ['get of what L1 holds', (cache) => cache.get(HELD), 'value'],
  ['get', (cache) => cache.get(MISSING), undefined],
  ['has', (cache) => cache.has(MISSING), false],
  ['getOrSet', (cache) => cache.getOrSet('new', () => 'loaded'), 'loaded'],
  [
    'getOrSet with tags',
    (cache) => cache.getOrSet('tagged', () => 'loaded', { tags: ['t'] }),
    'loaded',
  ],
  ['getMany', (cache) => cache.getMany([HELD, MISSING]), new Map([[HELD, 'value']])],
  [
    'getOrSetMany',
    (cache) => cache.getOrSetMany(['m1', 'm2'], (keys) => keys.map((key) => [key, `of ${key}`])),
    new Map([
      ['m1', 'of m1'],
      ['m2', 'of m2'],
    ]),
  ],
]

/** Every call that changes something. */
export const WRITES: readonly (readonly [string, (cache: Cache) => Promise<unknown>])[] = [
  ['set', (cache) => cache.set('w', 1)],
  ['setMany', (cache) => cache.setMany([['w1', 1]])],
  ['delete', (cache) => cache.delete('w')],
  ['deleteMany', (cache) => cache.deleteMany(['w', 'w1'])],
  ['expire', (cache) => cache.expire('w')],
  ['invalidateTags', (cache) => cache.invalidateTags(['w'])],
  ['clear', (cache) => cache.namespace('part').clear()],
]
