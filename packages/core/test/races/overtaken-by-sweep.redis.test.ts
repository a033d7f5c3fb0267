import { expect, test } from 'vitest'
import { reads, runs } from '../support/commands.ts'
import { HeldLoader } from '../support/held-loader.ts'
import { Records } from '../support/records.ts'
import { Stage } from '../support/stage.ts'
import { until } from '../support/until.ts'

const stage = new Stage()

test('a load that began before a sweep is kept nowhere when it ends after it', async () => {
  const [a, b] = await stage.pair()
  using loads = new Records('load', stage.namespace)
  const loader = new HeldLoader()
  const reading = b.cache.getOrSet('export:1', loader.load)
  await loader.called
  await a.cache.invalidatePattern('export:*')
  loader.answer('old')
  expect(await reading).toBe('old') // it asked before
  expect(await loads.first()).toMatchObject({ outcome: 'refused' })
  await until('L1 to be rid of it', () => b.cache.peek('export:1') === undefined)
  expect(await a.cache.get('export:1')).toBeUndefined()
})

test('a load that fills while the fences are looked through is dropped as an entry', async () => {
  const [a, b] = await stage.pair()
  using loads = new Records('load', stage.namespace)
  const loader = new HeldLoader()
  const reading = b.cache.getOrSet('export:1', loader.load)
  await loader.called
  const look = a.proxy.holdCommand(runs('scan'))
  const sweeping = a.cache.invalidatePattern('export:*')
  await look.arrived // announced; nothing has been looked at yet
  loader.answer('old')
  await reading
  expect(await loads.first()).toMatchObject({ outcome: 'filled' })
  look.release()
  expect((await sweeping).dropped).toBeGreaterThan(0)
  await until('L1 to be rid of it', () => b.cache.peek('export:1') === undefined)
  expect(await b.cache.get('export:1')).toBeUndefined()
})

test('a fill that reaches Redis after the fences were looked through is refused', async () => {
  const [a, b] = await stage.pair()
  using loads = new Records('load', stage.namespace)
  const fill = b.proxy.holdCommand(runs('fill'))
  await b.cache.getOrSet('export:1', () => 'old')
  await fill.arrived
  await a.cache.invalidatePattern('export:*')
  fill.release()
  expect(await loads.first()).toMatchObject({ outcome: 'refused' })
  await until('L1 to be rid of it', () => b.cache.peek('export:1') === undefined)
  expect(await a.cache.get('export:1')).toBeUndefined()
})

test('an L2 read that a sweep overtakes leaves nothing in L1', async () => {
  const [a, b] = await stage.pair()
  await a.cache.set('export:1', 'old')
  const read = b.proxy.holdReply(reads('export:1'))
  const reading = b.cache.get('export:1')
  await read.arrived
  await a.cache.invalidatePattern('export:*')
  read.release()
  await reading
  await until('L1 to be rid of it', () => b.cache.peek('export:1') === undefined)
  expect(await b.cache.get('export:1')).toBeUndefined()
})
