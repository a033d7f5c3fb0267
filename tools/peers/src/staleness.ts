import { setTimeout as sleep } from 'node:timers/promises'
import { median } from 'bench/numbers'
import type { Instance } from './peer.ts'
import type { Finding } from './scenario.ts'

const EVERY_MS = 20
/** So many new answers of each reader, one after the other, end the watch. */
const ENOUGH = 10
/** An answer that takes longer counts as none: what is measured here is what is served. */
const ANSWER_MS = 2_000

/** The source of truth of one key: what loaders load from. */
export interface Source {
  value: 'old' | 'new'
}

/**
 * Reads through every instance until all serve what is new. Resolves to the milliseconds from now to
 * the last old answer; 0 when there was none.
 */
export async function staleFor(
  readers: readonly Instance[],
  key: string,
  source: Source,
  limitMs: number,
): Promise<number> {
  const began = performance.now()
  const watched = readers.map(async (reader) => {
    let lastOld = 0
    for (let fresh = 0; fresh < ENOUGH && performance.now() - began < limitMs;) {
      const asked = reader.getOrSet(key, () => source.value).catch(() => undefined)
      const answer = await Promise.race([asked, sleep(ANSWER_MS)])
      if (answer === 'old') lastOld = performance.now() - began
      fresh = answer === 'new' ? fresh + 1 : 0
      await sleep(EVERY_MS)
    }
    return lastOld
  })
  return Math.max(...(await Promise.all(watched)))
}

/** The bound that is wanted of all: half of the TTL, which is more than Tiercel's 5 s plus a busy machine. */
export function stalenessFinding(
  what: string,
  peer: string,
  rounds: readonly number[],
  ttlMs: number,
): Finding {
  const worst = Math.max(...rounds)
  const untilTtl = rounds.filter((ms) => ms > ttlMs * 0.8).length
  const times = worst === 0 ? 'never' : `${seconds(median(rounds))} / ${seconds(worst)}`
  const late =
    untilTtl === rounds.length
      ? `until the TTL (${seconds(worst)})`
      : `${times}: until the TTL in ${untilTtl} of ${rounds.length}`
  const said = untilTtl === 0 ? times : late
  return { what, peer, said, rounds: rounds.map(Math.round), holds: untilTtl === 0 }
}

export function seconds(ms: number): string {
  return ms < 100 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`
}
