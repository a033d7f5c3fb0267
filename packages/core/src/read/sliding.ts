import type { Context } from '../context.ts'
import type { Entry } from '../entry.ts'
import type { Sliding } from '../frame.ts'
import type { Shard } from '../shard.ts'

/** Part of the ttl that has to be over before a read prolongs it, and the largest one that may be chosen. */
const USUAL_WINDOW = 0.1
const LARGEST_WINDOW = 0.5
/** How long hits are left alone while something is done behind them. */
const PAUSE = 1_000

/** A sliding life; `window` is in milliseconds, or `Infinity` for the usual one. */
export function slidingOf(ttl: number, window: number): Sliding {
  return {
    ttl,
    window: window === Infinity ? ttl * USUAL_WINDOW : Math.min(window, ttl * LARGEST_WINDOW),
  }
}

/** The hits of a fresh value go on, while what was begun for it is under way. */
export function pauseHits(entry: Entry, now: number): void {
  entry.hitUntil = Math.min(entry.freshUntil, Math.floor(now + PAUSE))
}

/**
 * Prolongs the life of an entry, behind the read that found it: once a window for each instance that
 * reads it, and never for each read. L2 does so only for the very entry that is held here, if it is
 * fresh and coherent there: what was invalidated does not come back, and what L2 has not is not prolonged.
 */
export function slide(context: Context, shard: Shard, key: string, entry: Entry): void {
  const { clock, background, counters } = context
  const { extras } = entry
  if (extras?.sliding === undefined) return
  const { ttl, window } = extras.sliding
  const now = clock.now()
  const { shared } = shard
  if (shared === undefined) {
    entry.freshUntil = Math.floor(now + ttl)
    entry.hitUntil = Math.floor(now + window)
    return
  }
  pauseHits(entry, now)
  const { check, tags } = extras
  if (check === 0) return // it has no bytes, and a counter has no checksum
  background.add(
    shared.l2.extend({ key, check, tags, ttl, window }).then(
      (ends) => {
        if (ends === 0) return
        counters.extended++
        entry.freshUntil = Math.floor(shared.watch.localTime(ends))
        const lookAt = Math.floor(entry.freshUntil - ttl + window)
        entry.hitUntil = Math.min(entry.freshUntil, Math.max(lookAt, entry.hitUntil))
      },
      () => {}, // counted and reported by the guard; the next read after the pause tries again
    ),
  )
}
