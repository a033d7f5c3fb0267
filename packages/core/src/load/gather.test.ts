import { expect, test } from 'vitest'
import { Gather } from './gather.ts'
import type { BulkLoader, LoaderContext } from './loader.ts'
import { newContext } from '../context.ts'
import { resolveOptions } from '../settings.ts'
import { ManualClock, settled } from '../testing/manual-clock.ts'

function gather(loader: BulkLoader<unknown>, keys?: string[], maxBatch?: number): Gather {
  const settings = resolveOptions({ namespace: 'test' })
  return new Gather(newContext(settings, new ManualClock()), loader, maxBatch, keys)
}

function context(key: string): LoaderContext {
  return { key, stale: undefined, signal: new AbortController().signal }
}

test('one run of the loader starts once every key has asked or been left out', async () => {
  const runs: (readonly string[])[] = []
  const one = gather(
    (keys) => {
      runs.push(keys)
      return keys.map((key) => [key, key.toUpperCase()])
    },
    ['a', 'b', 'c'],
  )
  const a = one.load(context('a'))
  one.leaveOut('b')
  await settled()
  expect(runs).toEqual([])
  const c = one.load(context('c'))
  expect(await Promise.all([a, c])).toEqual(['A', 'C'])
  expect(runs).toEqual([['a', 'c']])
})

test('the loader is not run when nobody asks', async () => {
  let runs = 0
  const one = gather(() => {
    runs++
    return []
  }, ['a', 'b'])
  one.leaveOut('a')
  one.leaveOut('b')
  one.leaveOut('b')
  await settled()
  expect(runs).toBe(0)
})

test('keys that ask when the run has begun are loaded together by the next', async () => {
  const runs: (readonly string[])[] = []
  const one = gather(
    (keys) => {
      runs.push(keys)
      return keys.map((key) => [key, key])
    },
    ['a', 'b', 'c'],
  )
  const a = one.load(context('a'))
  one.leaveOut('b') // they wait for another instance's load
  one.leaveOut('c')
  expect(await a).toBe('a')
  const [b, c] = [one.load(context('b')), one.load(context('c'))]
  expect(await Promise.all([b, c])).toEqual(['b', 'c'])
  expect(runs).toEqual([['a'], ['b', 'c']])
})

test('a key that the answer does not have is absent, and one that nobody asked for is ignored', async () => {
  const one = gather(() => new Map([['other', 1]]), ['a'])
  expect(await one.load(context('a'))).toBeUndefined()
})

test.each([
  [
    'throws',
    () => {
      throw new Error('no')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no'))],
])('a loader that %s fails every key that asked', async (_, loader) => {
  const one = gather(loader, ['a', 'b'])
  const loads = [one.load(context('a')), one.load(context('b'))]
  for (const load of loads) await expect(load).rejects.toThrow('no')
})

test("the loader's signal is that of the first key, made only when it is looked at", async () => {
  const controller = new AbortController()
  let looked = 0
  const first: LoaderContext = {
    key: 'a',
    stale: undefined,
    get signal() {
      looked++
      return controller.signal
    },
  }
  const idle = gather(() => [['a', 1]], ['a'])
  await idle.load(first)
  expect(looked).toBe(0)
  const heeding = gather((_, { signal }) => [['a', signal]], ['a'])
  expect(await heeding.load(first)).toBe(controller.signal)
})
