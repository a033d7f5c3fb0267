import { describe, expect, test } from 'vitest'
import { expectNoCrash } from '../support/crashes.ts'
import { expectEverywhere } from '../support/everywhere.ts'
import { heardBy } from '../support/messages.ts'
import { KEY, OVERTAKINGS, TAG } from '../support/overtakings.ts'
import { Records } from '../support/records.ts'
import { IS_OURS, Stage } from '../support/stage.ts'
import { until } from '../support/until.ts'

const stage = new Stage({ args: ['--maxmemory-policy', 'noeviction'] })
expectNoCrash()

async function fillMemory(): Promise<void> {
  await stage.admin.config('SET', 'maxmemory', '1')
  await expect(stage.admin.set('something', 'more')).rejects.toThrow('OOM')
}

async function freeMemory(): Promise<void> {
  await stage.admin.config('SET', 'maxmemory', '0')
}

describe.runIf(IS_OURS)('with Redis out of memory', () => {
  test.each(OVERTAKINGS)(
    '$name still drops what the others hold',
    async ({ name, change, found }) => {
      // A value that Redis has no memory for is kept by the instance that sets it, and dropped elsewhere.
      const left = name === 'set' ? undefined : found
      const [a, b] = await stage.pair()
      await heardBy([a, b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
      expect(await b.cache.get(KEY)).toBe('old')
      await fillMemory()
      await heardBy([b], async () => expect(await change(a.cache)).toBe('everywhere'))
      expect([undefined, left]).toContain(b.cache.peek(KEY))
      await freeMemory()
      await expectEverywhere(stage, [b], left)
      expect(await a.cache.get(KEY)).toBe(found)
    },
  )

  test('what is loaded is kept by the instance that loaded it, and not by Redis', async () => {
    const instance = await stage.instance()
    using loads = new Records('load', stage.namespace)
    await fillMemory()
    expect(await instance.cache.getOrSet(KEY, () => 'loaded')).toBe('loaded')
    expect(await loads.first()).toMatchObject({ outcome: 'isolated' })
    expect(instance.cache.peek(KEY)).toBe('loaded')
    expect(await stage.admin.exists(stage.keys.entry(KEY))).toBe(0)
    await freeMemory()
  })

  test('settings are still changed for all: what is wrong can be turned off', async () => {
    const [a, b] = await stage.pair()
    const options = { load: () => 'loaded' }
    const [users, peers] = [a, b].map(({ cache }) => cache.keyspace('user:{id}', options))
    await users!.configure({ grace: '1h' }, { everywhere: true })
    await fillMemory()
    await users!.configure({ enabled: false }, { everywhere: true })
    await until('the settings', () => !peers!.settings.enabled)
    expect(peers!.settings.grace).toBe(3_600_000)
    await freeMemory()
  })

  test('what is stored is still read, however many loads can not be stored', async () => {
    const [a, b] = await stage.pair()
    await heardBy([b], () => a.cache.set('stored', 'value'))
    await fillMemory()
    const keys = Array.from({ length: 30 }, (_, i) => `key ${i}`)
    using loads = new Records('load', stage.namespace)
    await b.cache.getOrSetMany(keys, (missing) => missing.map((key) => [key, 1]))
    for (const key of keys) await loads.first((record) => record.key === key)
    expect(b.cache.stats().l2.state).toBe('closed')
    expect(await b.cache.get('stored')).toBe('value')
    await freeMemory()
  })
})
