import { expect, test } from 'vitest'
import { TickBatch } from './tick-batch.ts'
import { settled } from './testing/manual-clock.ts'

test('what one tick adds is sent together', async () => {
  const sent: (readonly number[])[] = []
  const batch = new TickBatch<number>(10, (items) => sent.push(items))
  batch.add(1)
  batch.add(2)
  expect(sent).toEqual([])
  await settled()
  batch.add(3)
  await settled()
  expect(sent).toEqual([[1, 2], [3]])
})

test('a portion that is full is sent at once, so that no batch is longer', async () => {
  const sent: (readonly number[])[] = []
  const batch = new TickBatch<number>(2, (items) => sent.push(items))
  for (const item of [1, 2, 3, 4, 5]) batch.add(item)
  expect(sent).toEqual([
    [1, 2],
    [3, 4],
  ])
  await settled()
  expect(sent).toEqual([[1, 2], [3, 4], [5]])
})
