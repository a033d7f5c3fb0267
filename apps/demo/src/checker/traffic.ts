import { setTimeout as delay } from 'node:timers/promises'
import { ITEMS, type Invalidates } from '../catalog.ts'
import { type Random, between, seeded } from '../random.ts'
import type { Observer } from './observer.ts'
import type { Peer } from './roster.ts'

const READERS = 16
const WRITERS = 4
/** Pauses in milliseconds, from 0 or this on: of a reader, of a writer, and before it invalidates. */
const READ_PAUSE = 3
const WRITE_PAUSE = [60, 400] as const
const COMMIT_PAUSE = 25
const ASK_EVERY = 100
/** Writes that invalidate by tag, and by clear: few, since they hide what the others miss. */
const TAG_SHARE = 0.08
const CLEAR_SHARE = 0.006

/** Chance that a writer goes on at another instance; till then it stays where it is. */
const MOVES = 0.1

/** Reads and writes through random instances until `signal`. */
export async function traffic(
  observer: Observer,
  seed: number,
  signal: AbortSignal,
): Promise<void> {
  const { roster } = observer
  const until = async (step: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) await step()
  }
  await Promise.all([
    ...Array.from({ length: READERS }, (_, i) => until(reader(seeded(seed, `reader ${i}`)))),
    ...Array.from({ length: WRITERS }, (_, i) => until(writer(seeded(seed, `writer ${i}`)))),
    until(askKeepers),
  ])

  function reader(random: Random): () => Promise<void> {
    return async () => {
      const peer = roster.any(random)
      // Some items are read more often than others, so that each tier has its share.
      if (peer !== undefined) await observer.read(peer, Math.floor(random() ** 2 * ITEMS))
      await delay(random() * READ_PAUSE)
    }
  }

  // An instance to which no writer comes for a while learns of no outage by its own writes: what it
  // holds is then kept within the bound by the bound alone.
  function writer(random: Random): () => Promise<void> {
    let peer: Peer | undefined
    return async () => {
      await delay(between(random, ...WRITE_PAUSE))
      if (peer === undefined || !roster.has(peer) || random() < MOVES) peer = roster.any(random)
      const id = Math.floor(random() * ITEMS)
      if (peer === undefined) return
      if (await observer.write(peer, id, invalidates(random), random() * COMMIT_PAUSE))
        await readBack(random, peer, id)
    }
  }

  /** Reads what was written, at once: here, where it must be true, and somewhere else. */
  async function readBack(random: Random, writtenTo: Peer, id: number): Promise<void> {
    const other = roster.any(random)
    if (roster.has(writtenTo)) await observer.read(writtenTo, id)
    if (other !== undefined) await observer.read(other, id)
  }

  async function askKeepers(): Promise<void> {
    await observer.askKeepers()
    await delay(ASK_EVERY)
  }
}

function invalidates(random: Random): Invalidates {
  const chance = random()
  if (chance < CLEAR_SHARE) return 'clear'
  return chance < CLEAR_SHARE + TAG_SHARE ? 'tag' : 'key'
}
