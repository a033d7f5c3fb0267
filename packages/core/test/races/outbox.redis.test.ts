import { describe, expect, test } from 'vitest'
import { cutOff } from '../support/connection.ts'
import { runs } from '../support/commands.ts'
import { expectEverywhere } from '../support/everywhere.ts'
import { HeldLoader } from '../support/held-loader.ts'
import { heardBy } from '../support/messages.ts'
import { KEY, OVERTAKINGS, TAG } from '../support/overtakings.ts'
import { Records } from '../support/records.ts'
import { BEATING, Stage } from '../support/stage.ts'
import { until } from '../support/until.ts'

const stage = new Stage()
/** Asks often whether Redis is back; trust in L1 lasts. */
const RETURNING = { coherence: { ...BEATING.coherence, maxStaleness: '1h' } } as const

/** A kept set becomes a delete: by the time it is brought, its value may be older than another's. */
const KEPT = OVERTAKINGS.map(({ name, change }) => ({ name, change, found: undefined }))

describe.each(KEPT)('$name that can not reach Redis', ({ name, change, found }) => {
  test('overtakes a load that ends before Redis is back', async () => {
    const [a, b] = await stage.pair(RETURNING)
    using loads = new Records('load', stage.namespace)
    const loader = new HeldLoader()
    const reading = b.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
    await loader.called
    await cutOff(b)
    expect(await change(b.cache)).toBe('here')
    loader.answer('old')
    await reading
    await loads.first()
    expect(b.cache.peek(KEY)).toBe(name === 'set' ? 'new' : undefined)
    await b.proxy.refuse(false)
    await until('it to be brought', () => b.cache.stats().coherence.outbox === 0)
    await stage.allTrusting()
    await expectEverywhere(stage, [a, b], found)
  })

  test('overtakes a load that ends after Redis is back', async () => {
    const [a, b] = await stage.pair(RETURNING)
    using loads = new Records('load', stage.namespace)
    const loader = new HeldLoader()
    const reading = b.cache.getOrSet(KEY, loader.load, { tags: [TAG] })
    await loader.called
    await cutOff(b)
    expect(await change(b.cache)).toBe('here')
    await b.proxy.refuse(false)
    await until('it to be brought', () => b.cache.stats().coherence.outbox === 0)
    await stage.allTrusting()
    loader.answer('old')
    await reading
    await loads.first()
    await expectEverywhere(stage, [a, b], found)
  })

  test('is true on the other instance once Redis is back', async () => {
    const [a, b] = await stage.pair(RETURNING)
    await heardBy([a, b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
    expect(await b.cache.get(KEY)).toBe('old')
    await cutOff(b)
    expect(await change(b.cache)).toBe('here')
    expect(b.cache.peek(KEY)).not.toBe('old')
    expect(a.cache.peek(KEY)).toBe('old')
    await b.proxy.refuse(false)
    await until('the other instance to be told', () => a.cache.peek(KEY) === undefined)
    await stage.allTrusting()
    await expectEverywhere(stage, [a, b], found)
  })

  test('is brought before L2 is read, though it was kept while Redis was being asked', async () => {
    const [a, b] = await stage.pair(RETURNING)
    await heardBy([a, b], () => a.cache.set(KEY, 'old', { tags: [TAG] }))
    await cutOff(b)
    await until('the breaker to open', async () => {
      await b.cache.get('unrelated')
      return b.cache.stats().l2.state === 'open'
    })
    const hello = b.proxy.holdCommand(runs('hello'))
    await b.proxy.refuse(false)
    await hello.arrived // asked with nothing to bring
    expect(await change(b.cache)).toBe('here')
    hello.release()
    await until('the trust in L1', () => b.cache.stats().coherence.isConfirmed)
    expect(await b.cache.get(KEY)).toBe(found)
    expect(b.cache.stats().coherence.outbox).toBe(0)
    await stage.allTrusting()
    await expectEverywhere(stage, [a, b], found)
  })
})

test('a change whose answer was lost is brought again, and nothing read meanwhile stays', async () => {
  const [a, b] = await stage.pair(RETURNING)
  await heardBy([a, b], () => a.cache.set(KEY, 'old'))
  const answer = b.proxy.holdReply(runs('change'))
  const deleting = b.cache.delete(KEY)
  await answer.arrived
  b.proxy.commands().cut()
  expect(await deleting).toBe('here')
  await until('it to be brought', async () => {
    await b.cache.get('unrelated')
    return b.cache.stats().coherence.outbox === 0
  })
  await stage.allTrusting()
  await expectEverywhere(stage, [a, b], undefined)
})

test('a value set by another instance while a delete was kept is dropped, not brought back', async () => {
  const [a, b] = await stage.pair(RETURNING)
  await cutOff(b)
  expect(await b.cache.delete(KEY)).toBe('here')
  await a.cache.set(KEY, 'of a')
  await b.proxy.refuse(false)
  await until('it to be brought', () => b.cache.stats().coherence.outbox === 0)
  await until('the other instance to be told', () => a.cache.peek(KEY) === undefined)
  await stage.allTrusting()
  await expectEverywhere(stage, [a, b], undefined)
})
