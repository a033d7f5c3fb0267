import { EventEmitter, once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Presence } from '../src/chaos/presence.ts'

/** A fault that goes on until it is ended, and a note of when it began. */
function fault(log: string[], name: string) {
  const over = new EventEmitter()
  const run = async (): Promise<void> => {
    log.push(name)
    await once(over, 'end')
  }
  return { run, end: () => over.emit('end') }
}

test('what may lose writes waits until all are back, and nobody goes meanwhile', async () => {
  const presence = new Presence()
  const log: string[] = []
  const [first, second] = [fault(log, 'first'), fault(log, 'second')]
  const [lossy, third] = [fault(log, 'lossy'), fault(log, 'third')]
  const all = [presence.away(first.run), presence.away(second.run)]
  await turn()
  all.push(presence.alone(lossy.run), presence.away(third.run))
  await turn()
  expect(log).toEqual(['first', 'second'])
  first.end()
  await turn()
  expect(log).toEqual(['first', 'second'])
  second.end()
  await turn()
  expect(log).toEqual(['first', 'second', 'lossy'])
  lossy.end()
  await turn()
  expect(log).toEqual(['first', 'second', 'lossy', 'third'])
  third.end()
  await Promise.all(all)
})

test('a fault that fails leaves the way free', async () => {
  const presence = new Presence()
  await expect(presence.alone(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await expect(presence.away(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await presence.alone(() => Promise.resolve())
})
