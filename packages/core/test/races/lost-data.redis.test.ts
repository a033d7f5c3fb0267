import { describe, expect, test } from 'vitest'
import { runs } from '../support/commands.ts'
import { expectEverywhere } from '../support/everywhere.ts'
import { HeldLoader } from '../support/held-loader.ts'
import { heardBy } from '../support/messages.ts'
import { KEY, OVERTAKINGS, TAG } from '../support/overtakings.ts'
import { Records } from '../support/records.ts'
import { BEATING, IS_OURS, Stage } from '../support/stage.ts'
import { until } from '../support/until.ts'

const stage = new Stage()
/** Nothing is invalidated again after a loss, so that each test sees what the protocol alone keeps. */
const UNHEALED = { coherence: { beat: '10m', maxStaleness: '1h', healWindow: 0 } } as const

const LOST: readonly { readonly what: string; readonly lose: () => Promise<unknown> }[] = [
  { what: 'the numbering', lose: () => stage.admin.del(stage.keys.meta) },
  { what: 'the log', lose: () => stage.admin.del(stage.keys.log) },
  { what: 'the fence', lose: () => stage.admin.del(stage.keys.fence(KEY)) },
  { what: 'the lease', lose: () => stage.admin.del(stage.keys.lease(KEY)) },
  { what: 'the record of the tag', lose: () => stage.admin.del(stage.keys.tag(TAG)) },
  { what: 'the entry', lose: () => stage.admin.del(stage.keys.entry(KEY)) },
  ...(IS_OURS ? [{ what: 'everything', lose: () => stage.admin.flushall() }] : []),
]

describe.each(LOST)('when $what is lost', ({ what, lose }) => {
  test.each(OVERTAKINGS)(
    '$name still drops what the other instance holds',
    async ({ change, found }) => {
      const [a, b] = await stage.pair(UNHEALED)
      await heardBy([a, b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
      expect(await b.cache.get(KEY)).toBe('old')
      await lose()
      await heardBy([b], () => change(a.cache))
      expect([undefined, found]).toContain(b.cache.peek(KEY))
      await expectEverywhere(stage, [a, b], found)
    },
  )

  test.each(OVERTAKINGS)('$name before it is not undone', async ({ change, found }) => {
    const [a, b] = await stage.pair(UNHEALED)
    await heardBy([b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
    await heardBy([b], () => change(a.cache))
    await lose()
    const c = await stage.instance(UNHEALED)
    expect([undefined, found]).toContain(await c.cache.get(KEY))
  })

  test.each(OVERTAKINGS)('$name before it still overtakes a load', async ({ change, found }) => {
    const [a, b] = await stage.pair(UNHEALED)
    await heardBy([b], () => a.cache.set('of the tag', 1, { tags: [TAG] }))
    using loads = new Records('load', stage.namespace)
    const loader = new HeldLoader()
    const reading = b.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
    await loader.called
    await heardBy([b], () => change(a.cache))
    await lose()
    loader.answer('old')
    await reading
    await loads.first()
    // What was set is lost with the entry, or not comparable without the numbering.
    const isLost = ['the entry', 'the numbering', 'everything'].includes(what)
    if (isLost) for (const { cache } of [a, b]) await cache.expire(KEY)
    for (const { cache } of [a, b]) await until('no old value', () => cache.peek(KEY) !== 'old')
    await expectEverywhere(stage, [a, b], isLost ? undefined : found)
  })

  test.each(OVERTAKINGS)('$name after it still overtakes a load', async ({ change, found }) => {
    const [a, b] = await stage.pair(UNHEALED)
    await heardBy([b], () => a.cache.set('of the tag', 1, { tags: [TAG] }))
    using loads = new Records('load', stage.namespace)
    const loader = new HeldLoader()
    const reading = b.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
    await loader.called
    await lose()
    await heardBy([b], () => change(a.cache))
    loader.answer('old')
    await reading
    await loads.first()
    await expectEverywhere(stage, [a, b], found)
  })

  test('a fill begun before a tag was invalidated and it was lost is refused or void', async () => {
    const [a, b] = await stage.pair(UNHEALED)
    using loads = new Records('load', stage.namespace)
    const loader = new HeldLoader()
    const reading = b.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
    await loader.called
    const messages = b.proxy.holdMessages() // so that only Redis can refuse it
    await a.cache.invalidateTags([TAG])
    await messages.arrived()
    await lose()
    loader.answer('old')
    await reading
    await loads.first()
    const newcomer = await stage.instance()
    expect(await newcomer.cache.get(KEY)).toBeUndefined()
    messages.end()
    await until('no old value', () => b.cache.peek(KEY) === undefined)
    await expectEverywhere(stage, [a, b], undefined)
  })
})

describe.runIf(IS_OURS)('when everything is lost', () => {
  test('by FLUSHALL, every instance follows the new numbering without being told', async () => {
    const [a, b] = await stage.pair(BEATING)
    await heardBy([a, b], () => a.cache.set(KEY, 'old'))
    expect(await b.cache.get(KEY)).toBe('old')
    await stage.admin.flushall()
    for (const { cache } of [a, b]) {
      await until('the new numbering', () => cache.stats().coherence.rebases === 2)
    }
    await stage.allTrusting()
    await expectEverywhere(stage, [a, b], undefined)
    await heardBy([b], () => a.cache.set(KEY, 'new'))
    await expectEverywhere(stage, [a, b], 'new')
  })

  test.each(['before', 'after'])(
    'by a restart, a load under way is overtaken by a delete %s it',
    async (order) => {
      const [a, b] = await stage.pair(BEATING)
      using loads = new Records('load', stage.namespace)
      const loader = new HeldLoader()
      const reading = b.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
      await loader.called
      if (order === 'before') await a.cache.delete(KEY)
      await stage.redis.restart({ empty: true })
      await stage.allTrusting()
      if (order === 'after') await heardBy([b], () => a.cache.delete(KEY))
      loader.answer('old')
      await reading
      await loads.first()
      await expectEverywhere(stage, [a, b], undefined)
    },
  )

  test('by a restart, what L1 still holds is dropped by a change after it', async () => {
    const [a, b] = await stage.pair(BEATING)
    await heardBy([a, b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
    expect(await b.cache.get(KEY)).toBe('old')
    await stage.redis.restart({ empty: true })
    await stage.allTrusting()
    await heardBy([b], () => a.cache.set(KEY, 'new', { tags: [TAG] }))
    await expectEverywhere(stage, [a, b], 'new')
  })
})

test.runIf(IS_OURS)('what was stored is served again after a restart with its data', async () => {
  const coherence = { ...BEATING.coherence, healWindow: 0 }
  const [a, b] = await stage.pair({ coherence })
  await a.cache.set(KEY, 'kept')
  await stage.redis.restart()
  await stage.allTrusting()
  await expectEverywhere(stage, [a, b], 'kept')
  await heardBy([b], () => a.cache.set(KEY, 'new'))
  await expectEverywhere(stage, [a, b], 'new')
})

test.runIf(IS_OURS)(
  'what was invalidated last is invalidated again by a new server with the same data',
  async () => {
    const [a, b] = await stage.pair(BEATING)
    await heardBy([a, b], () => a.cache.set(KEY, 'old'))
    await stage.admin.save()
    await stage.redis.restart()
    await stage.allTrusting()
    // A server that began anew has to be sent the script once more, which a read may overtake.
    await until('the healing', async () => (await stage.admin.exists(stage.keys.entry(KEY))) === 0)
    expect(a.cache.stats().coherence.healed).toBeGreaterThan(0)
    await expectEverywhere(stage, [a, b], undefined)
  },
)

describe.runIf(IS_OURS)('a fail-over that loses an acknowledged invalidation', () => {
  test.each(OVERTAKINGS)(
    'by $name: who made it reads nothing older, though its healing is under way',
    async ({ change }) => {
      const [a, b] = await stage.pair({ coherence: { ...UNHEALED.coherence, healWindow: '1m' } })
      await heardBy([a, b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
      await stage.admin.save()
      expect(await change(a.cache)).toBe('everywhere')
      const hello = a.proxy.holdCommand(runs('hello'))
      await stage.redis.kill()
      await stage.redis.restart()
      await hello.arrived // it may be another server, and has not said yet
      const readings = [a.cache.get(KEY)]
      const healing = a.proxy.holdCommand(runs('change'))
      hello.release()
      await healing.arrived // it is another one, and does not know yet
      readings.push(a.cache.get(KEY))
      healing.release()
      expect(await Promise.all(readings)).not.toContain('old')
      await stage.allTrusting()
      await expectEverywhere(stage, [a, b], undefined)
    },
  )
})

/** The numbering is lost, and one that begins far below takes its place: only its name tells them apart. */
async function beginBelow(): Promise<void> {
  const meta = (await stage.admin.getBuffer(stage.keys.meta)) as Buffer
  meta.write('another line of 16 another inc', 0, 32, 'latin1')
  for (const at of [72, 80, 88]) meta.writeDoubleBE(1, at)
  await stage.admin.set(stage.keys.meta, meta)
}

test('what was stored under a lost numbering is a miss, though its number would do', async () => {
  const [a, b] = await stage.pair(UNHEALED)
  await heardBy([b], () => a.cache.set(KEY, 'old'))
  await beginBelow()
  expect(await b.cache.get(KEY)).toBeUndefined()
  await expectEverywhere(stage, [b], undefined)
})

test('a fill under a lost numbering is refused, though its number would do', async () => {
  const [a, b] = await stage.pair(UNHEALED)
  await heardBy([b], () => a.cache.delete(KEY))
  using loads = new Records('load', stage.namespace)
  const loader = new HeldLoader()
  const reading = b.cache.getOrSet(KEY, loader.load)
  await loader.called
  await beginBelow()
  loader.answer('old')
  await reading
  expect(await loads.first()).toMatchObject({ outcome: 'refused' })
  const newcomer = await stage.instance()
  expect(await newcomer.cache.get(KEY)).toBeUndefined()
})
