import { describe, expect, test } from 'vitest'
import type { Cache, SourceWriter } from '../../src/index.ts'
import { runs } from '../support/commands.ts'
import { expectEverywhere } from '../support/everywhere.ts'
import { heardBy } from '../support/messages.ts'
import { KEY, OVERTAKINGS, TAG } from '../support/overtakings.ts'
import { Stage } from '../support/stage.ts'
import { until } from '../support/until.ts'

const stage = new Stage()
/** Half of a short ttl is over soon, so that a read asks for the extension. */
const SLIDING = { ttl: '3s', grace: '1h', sliding: { window: '100ms' }, tags: [TAG] } as const

/** Milliseconds of freshness that are stored. */
async function storedEnd(): Promise<number> {
  const bytes = await stage.admin.getBuffer(stage.keys.entry(KEY))
  return bytes === null ? 0 : bytes.readDoubleBE(0)
}

describe.each(OVERTAKINGS)('$name', ({ change, found }) => {
  test('an extension that it overtakes brings nothing back', async () => {
    const [a, b] = await stage.pair()
    await b.cache.getOrSet(KEY, () => 'first', SLIDING)
    await until('the fill', async () => (await storedEnd()) > 0)
    const extension = b.proxy.holdCommand(runs('extend', KEY), { timeout: 60_000 })
    let isHeld = false
    void extension.arrived.then(() => {
      isHeld = true
    })
    await until('a read to ask for the extension', async () => {
      expect(await b.cache.get(KEY)).toBe('first')
      return isHeld
    })
    await heardBy([b], () => change(a.cache))
    const end = await storedEnd()
    extension.release()
    await b.cache.get('another') // behind the extension, on the same connection
    expect(await storedEnd()).toBe(end)
    await expectEverywhere(stage, [a, b], found)
  })
})

const STORES: [string, (cache: Cache) => Promise<unknown>][] = [
  ['loaded', (cache) => cache.getOrSet(KEY, () => 'first', SLIDING)],
  ['set', (cache) => cache.set(KEY, 'first', SLIDING)],
  ['updated', (cache) => cache.update(KEY, () => 'first', SLIDING)],
  ['written behind', (cache) => behind(cache).set(KEY, 'first')],
]
const behind = (cache: Cache): SourceWriter => {
  return cache.writer({ name: 'w', mode: 'behind', write: () => {}, ...SLIDING })
}

test.each(STORES)('a value that is %s lives on for both who share it', async (_, store) => {
  const [a, b] = await stage.pair()
  await store(a.cache)
  await until('the fill', async () => (await storedEnd()) > 0)
  const first = await storedEnd()
  await until('an extension', async () => {
    expect(await b.cache.get(KEY)).toBe('first')
    return (await storedEnd()) > first
  })
  expect(b.cache.stats().loads.extended).toBeGreaterThan(0)
})
