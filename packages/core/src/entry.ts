import type { Cell } from './coherence/tags.ts'
import type { View } from './coherence/view.ts'

/**
 * A value with its instants and its stamp, as L1 holds it. Instants are whole milliseconds of this
 * process's clock, rounded down, so that an entry can end early but never late.
 */
export class Entry {
  /** `undefined` is the remembered answer "there is none". */
  readonly value: unknown
  /** Number of the last invalidation that the value is known to reflect, in its view's numbering. */
  readonly stamp: number
  /** When its read or load began: the value is at least as new as this. */
  readonly at: number
  readonly freshUntil: number
  readonly cells: readonly Cell[]
  readonly view: View
  /** Bytes of the serialized value. */
  readonly size: number

  constructor(
    value: unknown,
    stamp: number,
    at: number,
    freshUntil: number,
    cells: readonly Cell[],
    view: View,
    size: number,
  ) {
    this.value = value
    this.stamp = stamp
    this.at = Math.floor(at)
    this.freshUntil = Math.floor(freshUntil)
    this.cells = cells
    this.view = view
    this.size = size
  }
}

/** How an entry may be used: served, served while refreshed, served if the load fails, or not. */
export type Verdict = 'fresh' | 'stale' | 'grace' | 'dead'

/** The verdict of time alone; whether the entry is coherent is `isServable`'s question. */
export function judge(
  entry: Entry,
  now: number,
  windows: { readonly staleWhileRevalidate: number; readonly grace: number },
): Verdict {
  if (now < entry.freshUntil) return 'fresh'
  if (now < entry.freshUntil + windows.staleWhileRevalidate) return 'stale'
  return now < entry.freshUntil + windows.grace ? 'grace' : 'dead'
}

/**
 * Whether nothing that is known here voids the entry, and what is known here is recent enough:
 * the process was up to date at most the bound ago, or the entry itself was read within the bound.
 */
export function isServable(entry: Entry, now: number): boolean {
  const view = entry.view
  return (now <= view.trustUntil || now - entry.at <= view.bound) && isCurrent(entry)
}

/** Whether no invalidation that was applied here came after the entry's stamp. */
export function isCurrent(entry: Entry): boolean {
  if (entry.stamp < entry.view.minStamp) return false
  const { cells, stamp } = entry
  for (let i = 0; i < cells.length; i++) if ((cells[i] as Cell).seq > stamp) return false
  return true
}
