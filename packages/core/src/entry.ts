import type { Cell } from './coherence/tags.ts'
import type { View } from './coherence/view.ts'
import type { Extras } from './frame.ts'

/** Beside the frame's extras, what names the bytes that are stored in L2. */
export interface EntryExtras extends Extras {
  readonly tags: readonly string[]
  /** Checksum of the frame. */
  readonly check: number
}

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
  /** End of its life; a read may prolong it (`sliding.ts`). */
  freshUntil: number
  /** Until when a hit looks no further: then its successor is loaded, its life prolonged, or L2 asked. */
  hitUntil: number
  readonly cells: readonly Cell[]
  readonly view: View
  /** Bytes of the serialized value. */
  readonly size: number
  /** What few have. */
  readonly extras: EntryExtras | undefined

  constructor(
    value: unknown,
    stamp: number,
    at: number,
    freshUntil: number,
    cells: readonly Cell[],
    view: View,
    size: number,
    hitUntil: number = freshUntil,
    extras?: EntryExtras,
  ) {
    this.value = value
    this.stamp = stamp
    this.at = Math.floor(at)
    this.freshUntil = Math.floor(freshUntil)
    this.hitUntil = Math.floor(hitUntil)
    this.cells = cells
    this.view = view
    this.size = size
    this.extras = extras
  }

  /** Also those of an entry that was never in L1, which holds no cells. */
  get tags(): readonly string[] {
    return this.extras?.tags ?? this.cells.map(({ tag }) => tag)
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
