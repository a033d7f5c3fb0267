import { setTimeout as sleep } from 'node:timers/promises'
import type { Instance } from '../peer.ts'
import { each } from '../scenario.ts'

/** What is loaded or set is on its way to Redis where nobody waits for it. */
const ARRIVAL_MS = 100

export const values = each(
  'values',
  'are null, 0, an empty string, false and undefined remembered, here and on another instance?',
  async (peer, lab) => {
    await using bench = await lab.bench(peer)
    const [one, other] = [await bench.open(), await bench.open()]
    const wrong: string[] = []
    for (const value of [null, 0, '', false]) {
      const fault = await faultOf(one, other, value)
      if (fault !== undefined) wrong.push(`${JSON.stringify(value)} ${fault}`)
    }
    const undefinedFault = await faultOf(one, other, undefined)
    return [
      {
        what: 'Kept and the same elsewhere: null, 0, "" and false',
        peer: peer.name,
        said: wrong.length === 0 ? 'all' : wrong.join('; '),
        rounds: [],
        holds: wrong.length === 0,
      },
      {
        what: "A loader's undefined",
        peer: peer.name,
        said: undefinedFault ?? 'kept',
        rounds: [],
      },
    ]
  },
)

async function faultOf(
  one: Instance,
  other: Instance,
  value: unknown,
): Promise<string | undefined> {
  const key = `value-${JSON.stringify(value)}`
  let loads = 0
  const load = (): unknown => {
    loads++
    return value
  }
  const ask = (instance: Instance): Promise<unknown> =>
    instance.getOrSet(key, load).catch((error: Error) => error)
  const first = await ask(one)
  if (first instanceof Error) return `rejects (${first.message.slice(0, 60)})`
  await sleep(ARRIVAL_MS)
  const second = await ask(one)
  const loadsHere = loads
  const elsewhere = await ask(other)
  if (second !== value || elsewhere !== value)
    return `comes back as ${JSON.stringify(second !== value ? second : elsewhere) ?? 'undefined'}`
  if (loadsHere > 1) return 'is loaded again each time'
  return loads > 1 ? 'is loaded again elsewhere' : undefined
}
