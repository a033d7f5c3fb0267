import { expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'
import { held } from '../testing/held.ts'
import { settled } from '../testing/manual-clock.ts'
import type { WarmProgress } from './warm.ts'

const stage = new ManualStage()

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `k${i}`)
}

test('a new instance is warmed by what another one used last, from L2 and without a loader', async () => {
  const a = await stage.instance()
  await a.cache.setMany(names(30).map((key) => [key, key]))
  for (const key of ['k3', 'k7']) await a.cache.get(key)
  const snapshot = a.cache.hottest(3)
  expect(snapshot).toEqual(['k7', 'k3', 'k29'])
  const b = await stage.instance()
  expect(await b.cache.warm([...snapshot, 'gone'])).toEqual({
    asked: 4,
    warm: 3,
    absent: 1,
    failed: 0,
  })
  expect(snapshot.map((key) => b.cache.peek(key))).toEqual(snapshot)
  expect(a.cache.hottest(1_000)).toHaveLength(30)
  await a.cache.clear()
  expect(a.cache.hottest(1_000)).toEqual([])
})

test('keys are loaded in batches, so many at once, and not asked for before', async () => {
  const { cache } = await stage.instance()
  let asked = 0
  async function* source(): AsyncGenerator<string> {
    for (const key of names(100)) {
      asked++
      yield key
    }
  }
  const gates = [held<void>(), held<void>()]
  const calls: number[] = []
  const seen: WarmProgress[] = []
  const warming = cache.warm(
    source(),
    async (keys) => {
      const gate = gates[calls.push(keys.length) - 1]
      await gate?.promise
      return keys
        .filter((key) => key !== 'k5')
        .map((key) => [key, key === 'k6' ? new Error('no') : key])
    },
    { batch: 10, concurrency: 2, onProgress: (progress) => seen.push(progress), ttl: '1h' },
  )
  await settled()
  expect([calls, asked]).toEqual([[10, 10], 20])
  for (const gate of gates) gate.resolve()
  expect(await warming).toEqual({ asked: 100, warm: 98, absent: 1, failed: 1 })
  expect(calls).toHaveLength(10)
  expect(seen.at(-1)).toEqual({ asked: 100, warm: 98, absent: 1, failed: 1 })
  expect(cache.peek('k99')).toBe('k99')
})

test('a signal ends it: no more keys are asked for, and the source is told', async () => {
  const cache = stage.alone()
  const abort = new AbortController()
  let isReturned = false
  function* source(): Generator<string> {
    try {
      for (let i = 0; ; i++) {
        if (i === 25) abort.abort(new Error('enough'))
        yield `k${i}`
      }
    } finally {
      isReturned = true
    }
  }
  const load = (keys: readonly string[]): [string, number][] => keys.map((key) => [key, 1])
  await expect(cache.warm(source(), load, { batch: 10, signal: abort.signal })).rejects.toThrow(
    'enough',
  )
  expect(isReturned).toBe(true)
  expect(cache.hottest(100)).toHaveLength(20)
})

test.each<[string, () => unknown, object]>([
  ['a bad key', () => [''], {}],
  ['text in the place of keys', () => 'abc', {}],
  ['no batch', () => ['a'], { batch: 0 }],
  ['no concurrency', () => ['a'], { concurrency: 1.5 }],
  ['an unknown option', () => ['a'], { bach: 1 }],
])('%s rejects', async (_, keys, options) => {
  const cache = stage.alone()
  await expect(cache.warm(keys() as string[], undefined, options)).rejects.toMatchObject({
    code: 'ERR_CONFIG',
  })
})
