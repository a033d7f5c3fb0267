import { setTimeout as sleep } from 'node:timers/promises'
import { median } from 'bench/numbers'
import type { Bench, Lab } from '../lab.ts'
import type { Instance, Peer } from '../peer.ts'
import { each, type Finding } from '../scenario.ts'
import { seconds } from '../staleness.ts'

/** Calls one after the other in each pause: whoever learns from the first waits less for the rest. */
const CALLS = 10
const COMMAND_TIMEOUT_MS = 250
const RECOVERY_MS = 10_000
const TRY_EVERY_MS = 50
/** A call that began this early in a pause has waited for all of it, if it waits at its end. */
const EARLY_MS = 200

/** What the calls of one kind did in all pauses. */
interface Calls {
  readonly ms: number[]
  rejected: number
}

export const paused = each(
  'paused',
  'Redis is frozen: connections stay, nothing is answered. How long does a call wait, and does it recover?',
  async (peer, lab) => {
    const plain = await findings(peer, lab, 'Redis paused', undefined)
    if (!peer.takesCommandTimeout) return plain
    const how = `Redis paused, client given a command timeout of ${COMMAND_TIMEOUT_MS} ms`
    return [...plain, ...(await findings(peer, lab, how, COMMAND_TIMEOUT_MS))]
  },
)

async function findings(
  peer: Peer,
  lab: Lab,
  how: string,
  commandTimeoutMs: number | undefined,
): Promise<readonly Finding[]> {
  await using bench = await lab.bench(peer)
  const setup = commandTimeoutMs === undefined ? {} : { commandTimeoutMs }
  const [one, other] = [await bench.open(setup), await bench.open(setup)]
  const kinds = { get: calls(), set: calls(), delete: calls() }
  const recoveries: number[] = []
  for (let round = 0; round < lab.rounds; round++) {
    await pause(bench, one, kinds, lab.pauseMs, `paused-${round}`)
    recoveries.push(await recovery(one, other, `back-${round}`))
  }
  const found = (kind: keyof typeof kinds, words: string): Finding => ({
    what: `${how}: ${words}`,
    peer: peer.name,
    ...judged(kinds[kind], lab.pauseMs),
  })
  return [
    found('get', 'a get that misses'),
    found('set', 'a set'),
    found('delete', 'a delete'),
    {
      what: `${how}: then shared again after`,
      peer: peer.name,
      said: recoverySaid(recoveries),
      rounds: recoveries.map(Math.round),
      holds: Math.max(...recoveries) < RECOVERY_MS,
    },
  ]
}

async function pause(
  { redis }: Bench,
  instance: Instance,
  kinds: { readonly get: Calls; readonly set: Calls; readonly delete: Calls },
  pauseMs: number,
  prefix: string,
): Promise<void> {
  await redis.pause()
  const end = performance.now() + pauseMs
  const several = async (into: Calls, call: (key: string) => Promise<unknown>): Promise<void> => {
    for (let i = 0; i < CALLS; i++)
      if (!(await timed(into, () => call(`${prefix}-${i}`), pauseMs, end))) return
  }
  await Promise.all([
    several(kinds.get, (key) => instance.getOrSet(`get-${key}`, () => 'loaded')),
    several(kinds.set, (key) => instance.set(`set-${key}`, 'value')),
    several(kinds.delete, (key) => instance.delete(`delete-${key}`)),
    sleep(pauseMs), // what is recovered from is the same for all
  ])
  await redis.resume()
}

/**
 * One call. What waited from the beginning of the pause to its end counts as a wait of all of it; one
 * that began later and is cut off by the end says nothing. Resolves to whether there is time for more.
 */
async function timed(
  into: Calls,
  call: () => Promise<unknown>,
  pauseMs: number,
  end: number,
): Promise<boolean> {
  const began = performance.now()
  const settled = call().then(
    () => 'resolved' as const,
    () => 'rejected' as const,
  )
  const outcome = await Promise.race([settled, sleep(end - began, 'waiting' as const)])
  if (outcome === 'waiting') {
    if (began < end - pauseMs + EARLY_MS) into.ms.push(pauseMs)
    return false
  }
  if (outcome === 'rejected') into.rejected++
  into.ms.push(performance.now() - began)
  return true
}

/** Milliseconds until the other instance is given what this one sets. */
async function recovery(one: Instance, other: Instance, prefix: string): Promise<number> {
  const began = performance.now()
  for (let i = 0; performance.now() - began < RECOVERY_MS; i++) {
    const key = `${prefix}-${i}`
    const shared = (async () => {
      await one.set(key, 'shared')
      return other.getOrSet(key, () => 'loaded')
    })().catch(() => undefined)
    if ((await Promise.race([shared, sleep(1_000)])) === 'shared') return performance.now() - began
    await sleep(TRY_EVERY_MS)
  }
  return RECOVERY_MS
}

function calls(): Calls {
  return { ms: [], rejected: 0 }
}

function judged({ ms, rejected }: Calls, pauseMs: number): Omit<Finding, 'what' | 'peer'> {
  if (ms.length === 0) return { said: 'not reached: the pause was over', rounds: [] }
  const worst = Math.max(...ms)
  const hung = ms.filter((wait) => wait >= pauseMs).length
  const parts = [`${seconds(median(ms))} / ${seconds(worst)}`]
  if (hung === ms.length) parts[0] = 'as long as the pause'
  else if (hung > 0) parts[0] = `as long as the pause, in ${hung} of ${ms.length}`
  if (rejected > 0) parts.push(`${rejected} of ${ms.length} rejected`)
  return { said: parts.join('; '), rounds: ms.map(Math.round), holds: hung === 0 && rejected === 0 }
}

function recoverySaid(ms: readonly number[]): string {
  const worst = Math.max(...ms)
  const least = `${seconds(median(ms))} / ${seconds(worst)}`
  return worst < RECOVERY_MS ? least : `not within ${seconds(RECOVERY_MS)}`
}
