import type { Context } from '../context.ts'
import type { Extras } from '../frame.ts'

/** Values that live shorter are not loaded early: their end comes as often as a refresh would. */
const SHORTEST_TTL = 10_000
/** Part of the ttl before its end in which a value may be loaded early. */
const MOST_AHEAD = 0.1

/** What the next look at a fresh value depends on. */
interface Life {
  /** End of its freshness, on this process's clock. */
  readonly ends: number
  readonly ttl: number
  /** Milliseconds that its load took; 0 for a value that was set. */
  readonly cost: number
  readonly earlyRefresh: number
  readonly extras: Extras | undefined
}

/**
 * The instant from which a read of a fresh value does more than answer: it prolongs a sliding life, or
 * loads the successor. The second is drawn by XFetch (Vattani, Chierichetti, Lowenstein: Optimal
 * Probabilistic Cache Stampede Prevention, VLDB 2015), once for each time that the value is put into
 * L1, and not for each read, so that a hit compares one number; each instance draws by itself.
 */
export function nextLook({ clock }: Context, life: Life): number {
  const { ends, ttl, cost, earlyRefresh, extras } = life
  if (extras?.sliding !== undefined) return ends - extras.sliding.ttl + extras.sliding.window
  if (cost === 0 || earlyRefresh === 0 || ttl < SHORTEST_TTL) return ends
  return ends - Math.min(-cost * earlyRefresh * Math.log(1 - clock.random()), ttl * MOST_AHEAD)
}
