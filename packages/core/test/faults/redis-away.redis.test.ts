import { describe, expect, test } from 'vitest'
import { TierError } from '../../src/index.ts'
import { isAtOnce } from '../support/at-once.ts'
import { HELD, READS, WRITES } from '../support/calls.ts'
import { countCommands, reads, runs } from '../support/commands.ts'
import { expectNoCrash } from '../support/crashes.ts'
import { heardBy } from '../support/messages.ts'
import { OUTAGES } from '../support/outages.ts'
import { type Instance, Stage } from '../support/stage.ts'
import { settled, until } from '../support/until.ts'

/** Redis has to be used again within this time after it is back. */
const BACK = 5_000
/** The cache's own beat and bound, with a timeout that lets a test see many of them. */
const USUAL = { l2: { timeout: '100ms' }, coherence: {}, defaults: {} } as const

const stage = new Stage()
expectNoCrash()

describe.each(OUTAGES)('Redis $name', ({ begin, end }) => {
  test('lets every call settle, and no read throw', async () => {
    const instance = await stage.instance(USUAL)
    const { cache } = instance
    await cache.set(HELD, 'value')
    await begin(stage, [instance])
    for (const [name, read, answer] of READS) {
      expect([name, await settled(name, read(cache))]).toEqual([name, answer])
    }
    for (const [name, write] of WRITES)
      expect([name, await settled(name, write(cache))]).toEqual([name, 'here'])
    await settled('all at once', Promise.all([...READS, ...WRITES].map(([, call]) => call(cache))))
    expect(cache.stats().reads.failed).toBe(0)
    await end(stage, [instance])
  })

  test('opens the breaker, from which on nothing waits, and is used again when it is back', async () => {
    const [a, b] = await stage.pair(USUAL)
    await begin(stage, [a, b])
    for (const { cache } of [a, b]) await openBreaker(cache)
    const sent = countCommands(a.proxy, (c) => reads()(c) || runs('acquire')(c) || runs('fill')(c))
    for (const [name, call] of [...READS, ...WRITES]) {
      expect([name, await isAtOnce(call(a.cache))]).toEqual([name, true])
    }
    for (let i = 0; i < 100; i++) {
      expect(await a.cache.getOrSet(`key ${i}`, () => i)).toBe(i)
    }
    expect(sent()).toBe(0)
    await end(stage, [a, b])
    await stage.allTrusting(BACK)
    await until('the kept changes to be brought', () => a.cache.stats().coherence.outbox === 0)
    await heardBy([b], () => a.cache.set('again', 'shared'))
    expect(await b.cache.get('again')).toBe('shared')
    expect(b.cache.stats().l2.hits).toBe(1)
  })

  test.each([false, true])(
    'keeps a delete, which is true everywhere once it is back (breaker open: %s)',
    async (isOpen) => {
      const [a, b] = await stage.pair(USUAL)
      await heardBy([a, b], () => a.cache.set('k', 'old', { ttl: '1h' }))
      expect(await b.cache.get('k')).toBe('old')
      await begin(stage, [a])
      if (isOpen) await openBreaker(a.cache)
      expect(await settled('delete', a.cache.delete('k'))).toBe('here')
      expect(a.cache.peek('k')).toBeUndefined()
      expect(await settled('get', a.cache.get('k'))).toBeUndefined()
      await end(stage, [a])
      await stage.allTrusting(BACK)
      await until('it to be brought', () => a.cache.stats().coherence.outbox === 0, { ms: BACK })
      await until('the other instance to be told', () => b.cache.peek('k') !== 'old', { ms: BACK })
      for (const { cache } of [a, b]) expect(await cache.get('k')).toBeUndefined()
      const newcomer = await stage.instance(USUAL)
      expect(await newcomer.cache.get('k')).toBeUndefined()
    },
  )

  test('rejects a strict change with a TierError, and keeps it all the same', async () => {
    const instance = await stage.instance(USUAL)
    const { cache } = instance
    await begin(stage, [instance])
    for (let i = 1; i <= 2; i++) {
      const strict = settled('a strict delete', cache.delete(`k${i}`, { strict: true }))
      await expect(strict).rejects.toBeInstanceOf(TierError)
    }
    for (const call of [
      cache.set('k', 1, { strict: true }),
      cache.expire('k', { strict: true }),
      cache.invalidateTags(['t'], { strict: true }),
      cache.clear({ strict: true }),
    ]) {
      await expect(settled('a strict change', call)).rejects.toBeInstanceOf(TierError)
    }
    expect(cache.stats().coherence.outbox).toBeGreaterThan(0)
    await end(stage, [instance])
    await until('all to be brought', () => cache.stats().coherence.outbox === 0, { ms: BACK })
    await stage.allTrusting(BACK)
    expect(await cache.delete('k', { strict: true })).toBe('everywhere')
  })

  test('does not keep close from ending', async () => {
    const instance = await stage.instance(USUAL)
    await begin(stage, [instance])
    const reading = instance.cache.getOrSet('k', () => 'loaded')
    await settled('close', instance.cache.close({ within: '1s' }))
    expect(await settled('the read', reading)).toBe('loaded')
    await end(stage, [instance])
  })
})

describe.each(OUTAGES)('an instance that starts with Redis $name', ({ begin, end }) => {
  test('answers from its loaders, and uses Redis when it is there', async () => {
    const running = await stage.instance(USUAL)
    await begin(stage, [running])
    const starting: Instance = await stage.begin(USUAL, (proxy) =>
      begin(stage, [instanceOf(proxy)]),
    )
    const { cache } = starting
    for (const [name, read, answer] of READS.slice(1, 5)) {
      expect([name, await settled(name, read(cache))]).toEqual([name, answer])
    }
    for (const [name, write] of WRITES)
      expect([name, await settled(name, write(cache))]).toEqual([name, 'here'])
    await end(stage, [running, starting])
    await stage.allTrusting(BACK)
    await until('all to be brought', () => cache.stats().coherence.outbox === 0, { ms: BACK })
    await heardBy([running], () => cache.set('k', 'shared'))
    // The usual timeouts: on a busy machine one read or another is answered as if there were no Redis.
    await until('it to be read', async () => (await running.cache.get('k')) === 'shared')
  })
})

/** What an outage needs of an instance that is not made yet. */
function instanceOf(proxy: Instance['proxy']): Instance {
  return { proxy, cache: undefined as never }
}

async function openBreaker(cache: Instance['cache']): Promise<void> {
  await until('the breaker to open', async () => {
    await cache.get('to open the breaker')
    return cache.stats().l2.state === 'open'
  })
}
