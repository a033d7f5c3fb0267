import type { CacheStats } from '@tiercel/core'
import { expect, test } from 'vitest'
import { INSTRUMENTS } from '../src/instruments.ts'
import { Caches } from './support/caches.ts'

const caches = new Caches()

/** Numbers that are exported with labels, or from records. */
const OTHERWISE = [
  /^l1\.(hits|evictions|removed\..*)$/,
  /^l2\.hits$/,
  /^reads\./,
  /^loads\.(total|errors|timeouts)$/,
]

function numbersOf(part: object, path = ''): string[] {
  return Object.entries(part).flatMap(([name, value]) => {
    if (Array.isArray(value)) return []
    if (typeof value === 'object') return numbersOf(value as object, `${path}${name}.`)
    return typeof value === 'number' ? [path + name] : []
  })
}

/** `stats` with another number at `path`. */
function changed(stats: CacheStats, path: string): CacheStats {
  const [group, name] = path.split('.') as [keyof CacheStats, string]
  return { ...stats, [group]: { ...(stats[group] as object), [name]: 12_345 } }
}

test('every number of the stats is exported', async () => {
  const stats = (await caches.make()).stats()
  const missing = numbersOf(stats)
    .filter((path) => !OTHERWISE.some((known) => known.test(path)))
    .filter((path) => {
      const other = changed(stats, path)
      return !Object.values(INSTRUMENTS).some(({ stat }) => stat && stat(stats) !== stat(other))
    })
  expect(missing).toEqual([])
})
