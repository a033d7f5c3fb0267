import { AsyncLocalStorage } from 'node:async_hooks'
import { LoadCycleError } from '../errors.ts'

/** One run of a loader, or of a bulk loader, from which other loads may be asked for. */
export interface Run {
  /** The key, or the keys in words. */
  readonly key: string
  /** Which keys these are: keys of two caches never mean the same. */
  readonly owner: object | undefined
  /** The runs whose loaders wait for this one. */
  readonly waiters: Set<Run>
  /** Its loader has settled: what was begun in it goes on by itself. */
  isOver: boolean
  /** Ends its wait for a place to run in, while there is one. */
  hurry: (() => void) | undefined
}

const current = new AsyncLocalStorage<Run>()

/** The run whose loader has made this call. */
export function currentRun(): Run | undefined {
  const run = current.getStore()
  return run?.isOver === true ? undefined : run
}

/** Calls a loader, so that what it asks for is known to be asked by it. */
export function runAs<T>(run: Run, loader: () => T): T {
  return current.run(run, loader)
}

/**
 * Checks that `run` may wait for a load of `key`: that load, or a new one of the same key, would wait for
 * ever if `run` or anyone who waits for it is loading that key.
 *
 * @throws {LoadCycleError} naming the way around
 */
export function checkCycle(run: Run, owner: object, key: string): void {
  const seen = new Map<Run, Run | undefined>([[run, undefined]])
  for (const [waiter] of seen) {
    if (waiter.key === key && waiter.owner === owner)
      throw new LoadCycleError(key, wayTo(waiter, seen))
    for (const above of waiter.waiters) if (!seen.has(above)) seen.set(above, waiter)
  }
}

/** `run` waits for `awaited` from now on, whose own wait for a place ends: `run` has one. */
export function waitFor(run: Run, awaited: Run): void {
  awaited.waiters.add(run)
  awaited.hurry?.()
}

/** The keys from the outermost run inwards. */
function wayTo(outermost: Run, below: ReadonlyMap<Run, Run | undefined>): readonly string[] {
  const keys: string[] = []
  for (let run: Run | undefined = outermost; run !== undefined; run = below.get(run)) {
    keys.push(run.key)
  }
  return keys
}
