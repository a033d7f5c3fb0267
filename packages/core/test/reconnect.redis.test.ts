import { setTimeout as delay } from 'node:timers/promises'
import type { CommandHold } from '@tiercel/dev-redis'
import { expect, test } from 'vitest'
import { expectNoCrash } from './support/crashes.ts'
import { BEATING, type Instance, Stage } from './support/stage.ts'
import { eventually } from './support/until.ts'

/** Milliseconds: some ten questions, and what a connection may take to be ready. */
const ASKED_FOR = 600
const MAY_TAKE = 2_000

const stage = new Stage()
expectNoCrash()

/** Cuts the commands' connection; the one that is made instead is held before it is ready. */
async function reconnecting({
  cache,
  proxy,
}: Instance): Promise<{ hold: CommandHold; before: number }> {
  await cache.delete('k') // the first change of a cache waits for a connection
  const before = proxy.stats.accepted
  const hold = proxy.holdCommand({ command: 'INFO' })
  proxy.commands().cut()
  await hold.arrived
  return { hold, before }
}

test('a connection that takes its time is not given up for another, whoever asks meanwhile', async () => {
  const one = await stage.instance(BEATING)
  const { cache, proxy } = one
  const { hold, before } = await reconnecting(one)
  const began = performance.now()
  while (performance.now() - began < ASKED_FOR) {
    await cache.delete('k')
    await delay(10)
  }
  hold.release()
  await eventually('Redis', async () => (await cache.delete('k')) === 'everywhere')
  // A machine that was held up for as long as a connection may take says nothing.
  const isHeldUp = performance.now() - began >= MAY_TAKE
  expect(proxy.stats.accepted).toBeLessThanOrEqual(isHeldUp ? Infinity : before + 1)
})

test('a connection that is never ready is given up for another', async () => {
  const one = await stage.instance(BEATING)
  const { cache, proxy } = one
  const { before } = await reconnecting(one)
  await eventually('Redis', async () => (await cache.delete('k')) === 'everywhere')
  expect(proxy.stats.accepted).toBeGreaterThanOrEqual(before + 2)
})
