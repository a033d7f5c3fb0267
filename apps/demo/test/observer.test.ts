import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Invalidates } from '../src/catalog.ts'
import { Observer } from '../src/checker/observer.ts'
import type { Peer } from '../src/checker/roster.ts'
import { type Handle, serve } from '../src/http.ts'
import { verdictOf } from '../src/report/result.ts'
import { parseOptions } from '../src/options.ts'

const ITEM = 7
/** Milliseconds: more than a busy machine makes of the few between a write and the next read. */
const BOUND = 2_000

/** An instance that acknowledges writes with `receipt` and goes on answering with version 1. */
function forgetful(receipt: 'everywhere' | 'here', outbox = 0): Handle {
  return (method, { pathname }) => {
    if (pathname === '/stats') return { coherence: { outbox } }
    return method === 'PUT' ? { version: 2, receipt } : { id: ITEM, version: 1, text: '' }
  }
}

async function observe(...handles: Handle[]): Promise<{ observer: Observer; peers: Peer[] }> {
  const observer = new Observer(BOUND)
  for (const [instance, handle] of handles.entries()) {
    observer.roster.up({ instance, incarnation: instance + 1, port: await serve(handle) })
  }
  return { observer, peers: [...observer.roster.peers] }
}

function write({ observer, peers }: { observer: Observer; peers: Peer[] }): Promise<boolean> {
  const by: Invalidates = 'key'
  return observer.write(peers[0] as Peer, ITEM, by, 0)
}

function verdict({ tally }: Observer) {
  return verdictOf(
    parseOptions([]) as Exclude<ReturnType<typeof parseOptions>, 'help'>,
    tally,
    undefined,
  )
}

test('a cache that keeps an old value is caught: beyond the bound, and for its own write', async () => {
  const world = await observe(forgetful('everywhere'), forgetful('everywhere'))
  const { observer, peers } = world
  const [writer, other] = peers as [Peer, Peer]
  expect(await observer.read(other, ITEM)).toBe(true)
  expect(verdict(observer).isCoherent).toBe(true)

  await write(world)
  await delay(1)
  expect(await observer.read(other, ITEM)).toBe(false)
  expect(observer.tally.stale).toMatchObject({ within: 1, beyond: 0, own: 0 })
  expect(verdict(observer).isCoherent).toBe(true)

  await delay(BOUND)
  expect(await observer.read(other, ITEM)).toBe(false)
  expect(observer.tally.stale).toMatchObject({ within: 1, beyond: 1, own: 0 })
  expect(observer.tally.stale.max).toBeGreaterThan(BOUND)

  await observer.read(writer, ITEM)
  expect(observer.tally.stale.own).toBe(1)
  expect(observer.tally.findings).toHaveLength(2)
  expect(verdict(observer)).toMatchObject({ isCoherent: false })
  expect(verdict(observer).sentence).toContain("1 reads older than their own instance's writes")
})

test('what is kept is a promise of its writer until its outbox is empty', async () => {
  const keeping = await observe(forgetful('here', 1), forgetful('here', 1))
  await write(keeping)
  await keeping.observer.askKeepers()
  await delay(BOUND)
  await keeping.observer.read(keeping.peers[1] as Peer, ITEM)
  expect(keeping.observer.tally).toMatchObject({ kept: 1, stale: { within: 0, beyond: 0 } })

  const flushed = await observe(forgetful('here'), forgetful('here'))
  await write(flushed)
  await flushed.observer.askKeepers()
  await delay(BOUND + 1)
  await flushed.observer.read(flushed.peers[1] as Peer, ITEM)
  expect(flushed.observer.tally).toMatchObject({ kept: 1, stale: { within: 0, beyond: 1 } })
})

const failing: Handle = () => Promise.reject(new Error('Redis is away'))

test('a read that fails counts, unless its instance was killed', async () => {
  const { observer, peers } = await observe(failing, failing)
  const [failed, killed] = peers as [Peer, Peer]
  const reads = [observer.read(failed, ITEM), observer.read(killed, ITEM)]
  observer.roster.down(killed.incarnation)
  await Promise.all(reads)
  expect(observer.tally).toMatchObject({ failed: 1, interrupted: 1 })
  expect(observer.tally.findings[0]?.what).toContain('Redis is away')
  expect(verdict(observer).isCoherent).toBe(false)
})
