import { expect, test } from 'vitest'
import { type InstanceProcess, startInstances } from './support/instances.ts'
import { runs } from './support/commands.ts'
import { HeldLoader } from './support/held-loader.ts'
import { Stage } from './support/stage.ts'
import { until } from './support/until.ts'

const PROCESSES = 4
const stage = new Stage()

async function countLoads(): Promise<number> {
  return Number(await stage.admin.get(`${stage.namespace}:loads`))
}

function oneOf(instances: readonly InstanceProcess[]): Promise<InstanceProcess> {
  return until('a loader to run', () => instances.find((instance) => instance.has('loading')))
}

test.each([100, 1_000])(
  '%i callers of a cold key in 4 processes run the loader once in all',
  async (callers) => {
    const { url } = stage.redis
    const { namespace } = stage
    await using all = new AsyncDisposableStack()
    const instances = await startInstances(PROCESSES, { url, namespace, leaseWait: '20s' })
    for (const instance of instances) all.use(instance)
    for (const instance of instances) {
      instance.tell({ order: 'read', key: 'cold', callers: callers / PROCESSES })
    }
    await oneOf(instances)
    for (const instance of instances) instance.tell({ order: 'release' })
    const answers = await Promise.all(instances.map((instance) => instance.heard('read')))
    for (const { values } of answers) expect(values).toEqual(['loaded'])
    expect(await countLoads()).toBe(1)
  },
)

test('a leader that is killed while it loads costs each other process one load at most', async () => {
  const { url } = stage.redis
  const { namespace } = stage
  await using all = new AsyncDisposableStack()
  const instances = await startInstances(PROCESSES, { url, namespace, leaseWait: '300ms' })
  for (const instance of instances) all.use(instance)
  for (const instance of instances) instance.tell({ order: 'read', key: 'cold', callers: 250 })
  const leader = await oneOf(instances)
  await leader.kill()
  const others = instances.filter((instance) => instance !== leader)
  for (const instance of others) instance.tell({ order: 'release' })
  for (const instance of others) {
    const { values, loads } = await instance.heard('read')
    expect(values).toEqual(['loaded'])
    expect(loads).toBeLessThanOrEqual(1)
  }
  expect(await countLoads()).toBeLessThanOrEqual(PROCESSES)
})

test('an instance that waits for another one takes its value, and loads nothing', async () => {
  const waiting = { l2: { timeout: '20s', leaseWait: '20s' } } as const
  const [a, b] = await stage.pair(waiting)
  const loader = new HeldLoader()
  const leading = a.cache.getOrSet('k', loader.load)
  await loader.called
  const following = b.cache.getOrSet('k', () => 'of b')
  await until('the wait', () => b.cache.stats().loads.leaseWaits > 0)
  loader.answer('of a')
  expect(await Promise.all([leading, following])).toEqual(['of a', 'of a'])
  expect(b.cache.stats().loads.total).toBe(0)
})

test('a loader that fails gives the lease back, and the next caller loads', async () => {
  const waiting = { l2: { timeout: '20s', leaseWait: '20s' } } as const
  const [a, b] = await stage.pair(waiting)
  const loader = new HeldLoader()
  const leading = a.cache.getOrSet('k', loader.load)
  await loader.called
  const following = b.cache.getOrSet('k', () => 'of b')
  await until('the wait', () => b.cache.stats().loads.leaseWaits > 0)
  loader.fail(new Error('the source is away'))
  await expect(leading).rejects.toThrow('the source is away')
  expect(await following).toBe('of b')
})

test('the first fill wins, so that two that loaded at once end with one value', async () => {
  const [a, b] = await stage.pair({ l2: { timeout: '20s', leaseWait: '1ms' } })
  const [first, second] = [new HeldLoader(), new HeldLoader()]
  const readings = [a.cache.getOrSet('k', first.load), b.cache.getOrSet('k', second.load)]
  await Promise.all([first.called, second.called])
  const fill = b.proxy.holdCommand(runs('fill'))
  second.answer('second')
  await fill.arrived
  first.answer('first')
  await until('the first fill', () => stage.admin.exists(stage.keys.entry('k')))
  fill.release()
  await Promise.all(readings)
  await until('the refusal', () => b.cache.stats().loads.fillsRefused > 0)
  for (const { cache } of [a, b]) expect(await cache.get('k')).toBe('first')
})
