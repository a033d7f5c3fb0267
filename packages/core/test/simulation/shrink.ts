import type { Action, Scenario } from './scenario.ts'
import { World } from './world.ts'

/** The smallest scenario found that breaks the same rule: fewer actions, in smaller and smaller pieces. */
export async function shrink(scenario: Scenario, rule: string): Promise<Scenario> {
  let smallest = scenario
  const accepts = async (candidate: Scenario): Promise<boolean> => {
    if ((await new World(candidate).run())?.rule !== rule) return false
    smallest = candidate
    return true
  }
  for (let isSmaller = true; isSmaller;) {
    isSmaller = await withLess(smallest, accepts)
    for (const calm of calmed(smallest)) if (await accepts(calm)) isSmaller = true
  }
  return smallest
}

async function withLess(
  scenario: Scenario,
  accepts: (candidate: Scenario) => Promise<boolean>,
): Promise<boolean> {
  let { actions } = scenario
  const before = actions.length
  for (let size = Math.ceil(before / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < actions.length;) {
      const rest: readonly Action[] = [...actions.slice(0, at), ...actions.slice(at + size)]
      if (await accepts({ ...scenario, actions: rest })) actions = rest
      else at += size
    }
  }
  return actions.length < before
}

/** The same with one thing less that may matter. */
function* calmed(scenario: Scenario): Generator<Scenario> {
  const { network, delivery, keys } = scenario
  if (network.slow > 0) yield { ...scenario, network: { ...network, slow: 0 } }
  if (network.usual > 0.5) yield { ...scenario, network: { ...network, usual: 0.5 } }
  if (delivery.drop + delivery.repeat + delivery.reorder > 0) {
    yield { ...scenario, delivery: { drop: 0, repeat: 0, reorder: 0 } }
  }
  if (scenario.drift > 0) yield { ...scenario, drift: 0 }
  if (scenario.shards > 1) yield { ...scenario, shards: 1 }
  if (scenario.logLength < 100) yield { ...scenario, logLength: 4_096 }
  if (scenario.maxEntries < 100) yield { ...scenario, maxEntries: 100 }
  for (const { key } of keys) {
    const isUsed = scenario.actions.some(
      (action) =>
        (action.kind === 'read' && action.keys.includes(key)) ||
        (action.kind === 'write' && action.key === key),
    )
    if (!isUsed) yield { ...scenario, keys: keys.filter((plan) => plan.key !== key) }
  }
}
