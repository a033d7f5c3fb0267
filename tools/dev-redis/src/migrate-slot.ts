import { agreeOn, masterOf, seenBy } from './cluster-view.ts'
import { ask, type Address, texts } from './resp/ask.ts'
import type { LocalServer } from './server/local-server.ts'

/** Keys that are moved by one MIGRATE: few, so that clients meet a slot that is half here and half there. */
const AT_ONCE = 5
const WITHIN = 5_000

/**
 * Moves a slot with its keys to another master while clients go on, in the order that the Redis
 * Cluster specification gives: the new owner expects it, the old one sends it, then all are told.
 *
 * @returns how many keys were moved
 */
export async function migrateSlot(
  nodes: readonly LocalServer[],
  slot: number,
  to: Address,
  pause: () => Promise<void>,
): Promise<number> {
  const from = await masterOf(nodes, slot)
  if (from.port === to.port) return 0
  const view = await seenBy(from)
  const idOn = (port: number): string => view.find((node) => node.port === port)?.id ?? ''
  await ask(to, ['CLUSTER', 'SETSLOT', slot, 'IMPORTING', idOn(from.port)])
  await ask(from, ['CLUSTER', 'SETSLOT', slot, 'MIGRATING', idOn(to.port)])
  let moved = 0
  for (;;) {
    const keys = texts(await ask(from, ['CLUSTER', 'GETKEYSINSLOT', slot, AT_ONCE]))
    if (keys.length === 0) break
    // REPLACE: a client that was asked to go there may have made the key anew.
    const where = [to.host, to.port, '', 0, WITHIN, 'REPLACE', 'KEYS']
    await ask(from, ['MIGRATE', ...where, ...keys], 2 * WITHIN)
    moved += keys.length
    await pause()
  }
  const masters = view.filter(({ isMaster, hasFailed }) => isMaster && !hasFailed)
  const others = masters
    .map(({ port }) => port)
    .filter((port) => ![from.port, to.port].includes(port))
  for (const port of [to.port, from.port, ...others]) {
    await ask({ host: to.host, port }, ['CLUSTER', 'SETSLOT', slot, 'NODE', idOn(to.port)])
  }
  await agreeOn(nodes, slot, to)
  return moved
}
