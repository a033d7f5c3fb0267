import { expect, test } from 'vitest'
import { Limiter } from './limiter.ts'
import { held } from './testing/held.ts'
import { settled } from './testing/manual-clock.ts'

test('so many tasks run at once, and the others in the order in which they came', async () => {
  const limiter = new Limiter(2)
  const begun: number[] = []
  const ends = Array.from({ length: 5 }, () => held<void>())
  const runs = ends.map((end, i) =>
    limiter.run(async () => {
      begun.push(i)
      await end.promise
      return i
    }),
  )
  await settled()
  expect(begun).toEqual([0, 1])
  ends[1]?.resolve()
  await settled()
  expect(begun).toEqual([0, 1, 2])
  for (const end of ends) end.resolve()
  expect(await Promise.all(runs)).toEqual([0, 1, 2, 3, 4])
  expect(begun).toEqual([0, 1, 2, 3, 4])
})

test('a task that fails gives its place back', async () => {
  const limiter = new Limiter(1)
  const failed = limiter.run(() => Promise.reject(new Error('no')))
  const next = limiter.run(() => Promise.resolve('next'))
  await expect(failed).rejects.toThrow('no')
  expect(await next).toBe('next')
  expect(await limiter.run(() => Promise.resolve('free again'))).toBe('free again')
})
