import { setTimeout as sleep } from 'node:timers/promises'
import { each } from '../scenario.ts'
import { type Source, staleFor, stalenessFinding } from '../staleness.ts'

/** Long enough for a command to be executed and for a message to arrive; no peer's timeout is shorter. */
const ARRIVAL_MS = 60

export const overtakenRead = each(
  'overtaken-read',
  'the reply to a read of L2 is on its way, and a delete on another instance overtakes it',
  async (peer, lab) => {
    await using bench = await lab.bench(peer)
    const writer = await bench.open()
    const sources = Array.from({ length: lab.rounds }, (): Source => ({ value: 'old' }))
    for (const [i, { value }] of sources.entries()) await writer.set(`overtaken-${i}`, value)
    // Opened after: an instance that is told of values, not only of keys, would have them in L1.
    const { instance: reader, proxy } = await bench.openBehindProxy()
    const watches: Promise<number>[] = []
    for (const [i, source] of sources.entries()) {
      const key = `overtaken-${i}`
      const commands = proxy.commands()
      commands.hold('down')
      const read = reader.getOrSet(key, () => source.value)
      await sleep(ARRIVAL_MS)
      source.value = 'new'
      await writer.delete(key)
      await sleep(ARRIVAL_MS)
      commands.release('down')
      await read
      // The reader alone: a load on another instance would tell it again.
      watches.push(staleFor([reader], key, source, lab.ttlMs + 2_000))
    }
    const rounds = await Promise.all(watches)
    return [stalenessFinding('Read of L2 overtaken by a delete', peer.name, rounds, lab.ttlMs)]
  },
)
