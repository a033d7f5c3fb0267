import type { Invalidates } from '../catalog.ts'
import type { Judgement, Read } from './ledger.ts'

/** A stale read, or a call that failed, to be looked into. */
export interface Finding {
  readonly what: string
  readonly instance: number
  /** Milliseconds since the start of the traffic. */
  readonly at: number
}

/** What the checker has counted. */
export interface Tally {
  reads: number
  writes: Record<Invalidates, number>
  /** Writes acknowledged with `'here'`, and those of them that were lost when their instance died. */
  kept: number
  lost: number
  stale: { within: number; beyond: number; own: number; max: number }
  /** Calls without an answer in time, and those that were rejected. */
  hung: number
  failed: number
  /** The first findings that count against the cache. */
  findings: Finding[]
}

const MOST_FINDINGS = 20

export function newTally(): Tally {
  return {
    reads: 0,
    writes: { key: 0, tag: 0, clear: 0 },
    kept: 0,
    lost: 0,
    stale: { within: 0, beyond: 0, own: 0, max: 0 },
    hung: 0,
    failed: 0,
    findings: [],
  }
}

/** Counts a read that was judged, and says why if it counts against the cache. */
export function countRead(
  { stale }: Tally,
  bound: number,
  { id, version }: Read,
  { staleness, isOwn }: Judgement,
): string | undefined {
  if (staleness <= 0) return undefined
  const isBeyond = staleness > bound
  stale[isBeyond ? 'beyond' : 'within']++
  stale.max = Math.max(stale.max, staleness)
  if (isOwn) stale.own++
  if (!isBeyond && !isOwn) return undefined
  const whose = isOwn ? ' although it had acknowledged a newer one itself' : ''
  return `item ${id} answered with version ${version}, ${staleness.toFixed(1)} ms stale${whose}`
}

export function note(tally: Tally, finding: Finding): void {
  if (tally.findings.length < MOST_FINDINGS) tally.findings.push(finding)
}

/** Whether nothing of what was counted is against the cache. */
export function isClean({ stale, hung, failed }: Tally): boolean {
  return stale.beyond + stale.own + hung + failed === 0
}
