import { expect, test } from 'vitest'
import { Deferred } from '../../test/support/deferred.ts'
import { Turns } from './turns.ts'

test('tasks of one key run one after the other, also after one that failed', async () => {
  const turns = new Turns()
  const first = new Deferred<void>()
  const ran: number[] = []
  const failing = turns.run(['k'], async () => {
    await first.promise
    ran.push(1)
    throw new Error('failed')
  })
  const next = turns.run(['k'], async () => ran.push(2))
  const other = turns.run(['other'], async () => ran.push(0))
  await other
  expect(ran).toEqual([0])
  first.resolve()
  await expect(failing).rejects.toThrow('failed')
  await next
  expect(ran).toEqual([0, 1, 2])
})

test('nothing is remembered of a key whose tasks are over', async () => {
  const turns = new Turns()
  await Promise.all(Array.from({ length: 10 }, () => turns.run(['k'], async () => {})))
  await Promise.resolve()
  expect(turns.size).toBe(0)
})

test('a task of many keys waits for each of them, and each for it', async () => {
  const turns = new Turns()
  const first = new Deferred<void>()
  const ran: string[] = []
  const log = (name: string) => async () => void ran.push(name)
  const tasks = [
    turns.run(['a'], () => first.promise.then(log('a'))),
    turns.run(['a', 'b'], log('a and b')),
    turns.run(['b'], log('b')),
    turns.run(['c'], log('c')),
  ]
  await tasks[3]
  expect(ran).toEqual(['c'])
  first.resolve()
  await Promise.all(tasks)
  expect(ran).toEqual(['c', 'a', 'a and b', 'b'])
})
