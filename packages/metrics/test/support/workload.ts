import { EventEmitter, once } from 'node:events'
import type { Cache } from '@tiercel/core'
import { until } from '@tiercel/dev-redis'

function fails(): never {
  throw new Error('the source is down')
}

/** Waits until nothing is under way behind the callers. */
async function settled(cache: Cache): Promise<void> {
  await until('the fills', () => cache.stats().loads.underway === 0)
}

/**
 * A bit of everything, on two instances that hear each other, so that each counter of `a` has a
 * number that can be told beforehand: see `EXPECTED`.
 */
export async function work(a: Cache, b: Cache): Promise<void> {
  for (const cache of [a, b]) {
    await until('the subscription', () => cache.stats().coherence.subscription === 'subscribed')
  }
  const users = a.keyspace('user:{id}', { load: ({ id }) => `user ${String(id)}` })
  await users.get({ id: 1 }) // loaded, filled
  await settled(a)
  await users.get({ id: 1 }) // hit-l1
  await users.get({ id: 1 }) // hit-l1
  await users.get({ id: 2 }) // loaded, filled
  await settled(a)
  await b.set('from-b', 'value')
  await a.get('from-b') // hit-l2
  await a.get('absent') // absent
  await a.getOrSet('failing', fails).catch(() => {}) // failed; a load that failed
  await a.set('old', 'old', { ttl: '1h', staleWhileRevalidate: '1h', grace: '1h' })
  await a.expire('old')
  await a.getOrSet('old', () => 'new', { staleWhileRevalidate: '1h' }) // stale; a load behind, filled
  await settled(a)
  await a.set('kept', 'kept', { ttl: '1h', grace: '1h' })
  await a.expire('kept')
  await a.getOrSet('kept', fails, { grace: '1h' }) // grace; a load that failed
  const load = new EventEmitter()
  const began = once(load, 'began')
  const overtaken = a.getOrSet('overtaken', async () => {
    load.emit('began')
    await once(load, 'finish')
    return 'overtaken'
  }) // loaded; refused
  await began
  const heard = a.stats().coherence.messages
  await b.delete('overtaken')
  await until('the message', () => a.stats().coherence.messages > heard)
  load.emit('finish')
  await overtaken
  await settled(a)
  await a.invalidateTags(['t'])
  await a.clear()
}

/** Reads of `a` by family and outcome. */
export const READS: readonly (readonly [family: string, outcome: string, count: number])[] = [
  ['user:{id}', 'hit-l1', 2],
  ['user:{id}', 'loaded', 2],
  ['(none)', 'hit-l2', 1],
  ['(none)', 'absent', 1],
  ['(none)', 'failed', 1],
  ['(none)', 'stale', 1],
  ['(none)', 'grace', 1],
  ['(none)', 'loaded', 1],
]

/** Loads of `a` by family and outcome. */
export const LOADS: readonly (readonly [family: string, outcome: string, count: number])[] = [
  ['user:{id}', 'filled', 2],
  ['(none)', 'filled', 1],
  ['(none)', 'failed', 2],
  ['(none)', 'refused', 1],
]

/** Writes of `a` by operation. */
export const WRITES: readonly (readonly [operation: string, count: number])[] = [
  ['set', 2],
  ['expire', 2],
  ['invalidateTags', 1],
  ['clear', 1],
]
