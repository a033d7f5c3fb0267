import { expect, test } from 'vitest'
import { Gather } from './gather.ts'
import type { LoaderContext } from './loader.ts'
import { settled } from './testing/manual-clock.ts'

function context(key: string): LoaderContext {
  return { key, stale: undefined, signal: new AbortController().signal }
}

test('one run of the loader starts once every key has asked or been left out', async () => {
  const runs: (readonly string[])[] = []
  const gather = new Gather(
    (keys) => {
      runs.push(keys)
      return keys.map((key) => [key, key.toUpperCase()])
    },
    ['a', 'b', 'c'],
  )
  const a = gather.load(context('a'))
  gather.leaveOut('b')
  await settled()
  expect(runs).toEqual([])
  const c = gather.load(context('c'))
  expect(await Promise.all([a, c])).toEqual(['A', 'C'])
  expect(runs).toEqual([['a', 'c']])
})

test('the loader is not run when nobody asks', async () => {
  let runs = 0
  const gather = new Gather(() => {
    runs++
    return []
  }, ['a', 'b'])
  gather.leaveOut('a')
  gather.leaveOut('b')
  gather.leaveOut('b')
  await settled()
  expect(runs).toBe(0)
})

test('keys that ask when the run has begun are loaded together by the next', async () => {
  const runs: (readonly string[])[] = []
  const gather = new Gather(
    (keys) => {
      runs.push(keys)
      return keys.map((key) => [key, key])
    },
    ['a', 'b', 'c'],
  )
  const a = gather.load(context('a'))
  gather.leaveOut('b') // they wait for another instance's load
  gather.leaveOut('c')
  expect(await a).toBe('a')
  const [b, c] = [gather.load(context('b')), gather.load(context('c'))]
  expect(await Promise.all([b, c])).toEqual(['b', 'c'])
  expect(runs).toEqual([['a'], ['b', 'c']])
})

test('a key that the answer does not have is absent, and one that nobody asked for is ignored', async () => {
  const gather = new Gather(() => new Map([['other', 1]]), ['a'])
  expect(await gather.load(context('a'))).toBeUndefined()
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
  const gather = new Gather(loader, ['a', 'b'])
  const loads = [gather.load(context('a')), gather.load(context('b'))]
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
  const idle = new Gather(() => [['a', 1]], ['a'])
  await idle.load(first)
  expect(looked).toBe(0)
  const heeding = new Gather((_, { signal }) => [['a', signal]], ['a'])
  expect(await heeding.load(first)).toBe(controller.signal)
})
